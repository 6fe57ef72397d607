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
 * @param changedNanos time of the last change of anything about the file, its names and permissions
 *     too, which nobody can set; 0 when the storage does not tell
 */
public record FileStatus(
    StoragePath path,
    boolean directory,
    long bytes,
    long modifiedNanos,
    String identity,
    long changedNanos)
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

  /**
   * Returns whether nothing has happened to the file since {@code other}, as far as the storage
   * tells: this also notices content that was written over by as many bytes and given the old time,
   * but takes another name or other permissions for a change too.
   */
  public boolean untouched(FileStatus other) {
    return sameContent(other) && changedNanos == other.changedNanos;
  }
}
