package dev.keymerge.internal.scan;

import dev.keymerge.internal.storage.FileStatus;

/**
 * Names one file of a source as it was when the merge began.
 *
 * @param status the file
 * @param identity differs between files that may hold different rows
 */
record SourcePart(FileStatus status, String identity) {
  /** Returns a part that is told from others by what the storage knows about its file. */
  static SourcePart given(FileStatus status) {
    return new SourcePart(
        status,
        String.join(
            "|",
            status.path().text(),
            String.valueOf(status.bytes()),
            String.valueOf(status.modifiedNanos()),
            String.valueOf(status.changedNanos()),
            status.identity()));
  }
}
