package dev.keymerge.internal.scan;

import dev.keymerge.internal.storage.FileStatus;
import org.jspecify.annotations.Nullable;

/**
 * Names one file of a source as it was when the merge began.
 *
 * @param status the file
 * @param digest tells the content of a file that this merge has staged; null for a file that was
 *     there
 */
record SourcePart(FileStatus status, @Nullable String digest) {
  /** Returns a part that is told from others by what the storage knows about its file. */
  static SourcePart given(FileStatus status) {
    return new SourcePart(status, null);
  }

  /** Returns what differs between files that may hold different rows. */
  String identity() {
    return digest != null
        ? digest
        : String.join(
            "|",
            status.path().text(),
            String.valueOf(status.bytes()),
            String.valueOf(status.modifiedNanos()),
            String.valueOf(status.changedNanos()),
            status.identity());
  }
}
