package dev.keymerge.internal.storage;

import java.io.Serializable;

/**
 * States what a storage knows about one file or directory at one moment.
 *
 * @param path where it is
 * @param directory whether it is a directory
 * @param bytes length of a file; 0 for a directory
 * @param modifiedNanos time of the last change since 1970 in nanoseconds, as exact as the storage
 *     tells
 * @param identity what tells this file from another one that took its name (inode, etag); empty
 *     when the storage has none
 */
public record FileStatus(
    StoragePath path, boolean directory, long bytes, long modifiedNanos, String identity)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Returns whether the file that {@code other} describes is, as far as the storage tells, this
   * very one, unchanged.
   */
  public boolean sameContent(FileStatus other) {
    return path.equals(other.path)
        && bytes == other.bytes
        && modifiedNanos == other.modifiedNanos
        && identity.equals(other.identity);
  }
}
