package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import java.io.IOException;

/**
 * Describes one version of a file so that it is recognized after a crash.
 *
 * <p>Length, time and identity settle nearly every case without opening the file: a rename keeps
 * all three. Where a file system does not keep identities or times over a restart, or someone
 * copied the dataset, the footer settles it: reading that is cheap, and two versions of one file
 * differ in it. Nothing of the size of the data is ever read.
 *
 * @param bytes length
 * @param modifiedNanos time of the last change
 * @param identity what tells it from another file of its name; may be empty
 * @param footer digest of its footer
 */
record FileState(long bytes, long modifiedNanos, String identity, long footer) {

  /** Returns the state of the file that {@code status} describes. */
  static FileState of(Storage storage, FileStatus status) throws IOException {
    return of(status, FooterDigest.of(storage, status.path()));
  }

  /** Returns the state of the file that {@code status} describes, whose footer is known. */
  static FileState of(FileStatus status, long footer) {
    return new FileState(status.bytes(), status.modifiedNanos(), status.identity(), footer);
  }

  /** Returns whether what stands there now, as {@code status} says, is this version. */
  boolean describes(Storage storage, FileStatus status) throws IOException {
    if (status.directory() || status.bytes() != bytes) {
      return false;
    }
    boolean sameFile =
        status.modifiedNanos() == modifiedNanos && status.identity().equals(identity);
    return sameFile || FooterDigest.of(storage, status.path()) == footer;
  }
}
