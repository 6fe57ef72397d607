package dev.keymerge.internal.storage;

/** Names a kind of operation of a storage. */
public enum StorageAct {
  /** Looks at one path. */
  STATUS,
  /** Lists a directory. */
  LIST,
  /** Opens a file for reading. */
  OPEN,
  /** Reads bytes. */
  READ,
  /** Makes a file. */
  CREATE,
  /** Writes bytes. */
  WRITE,
  /** Makes bytes or names safe. */
  SYNC,
  /** Closes a file that was written. */
  CLOSE,
  /** Makes directories. */
  MAKE_DIRECTORY,
  /** Changes permissions or times. */
  ATTRIBUTES,
  /** Gives a file a second name. */
  LINK,
  /** Moves a file or directory. */
  RENAME,
  /** Removes files or directories. */
  DELETE,
  /** Takes a lock, or looks at who holds it. */
  LOCK,
  /** Asks for free space. */
  SPACE
}
