package dev.keymerge.internal.commit;

import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.StoragePath;
import java.util.Optional;

/**
 * Describes a staged file that is finished, as one line of a log.
 *
 * @param name its name within the staging area
 * @param plan what it was made by
 * @param written what it holds, and where it stood when it was finished
 * @param modifiedNanos its time
 * @param identity what tells it from another file of its name
 */
record FinishedFile(
    String name, String plan, WrittenFile written, long modifiedNanos, String identity) {
  private static final String SEPARATOR = "\t";
  private static final int FIELDS = 11;

  /** Returns the description of {@code written}. */
  static FinishedFile of(String name, String plan, WrittenFile written, FileStatus status) {
    return new FinishedFile(name, plan, written, status.modifiedNanos(), status.identity());
  }

  /** Returns whether what stands there is this very file. */
  boolean describes(Optional<FileStatus> status) {
    return status.isPresent()
        && !status.get().directory()
        && status.get().bytes() == written.bytes()
        && status.get().modifiedNanos() == modifiedNanos
        && status.get().identity().equals(identity);
  }

  /** Returns the line, without its end. */
  String line() {
    return String.join(
        SEPARATOR,
        name,
        plan,
        String.valueOf(written.rows()),
        String.valueOf(written.bytes()),
        String.valueOf(written.rowGroups()),
        String.valueOf(written.chunksCopied()),
        String.valueOf(written.bytesCopied()),
        String.valueOf(written.chunksEncoded()),
        String.valueOf(written.pagesEncoded()),
        String.valueOf(modifiedNanos),
        identity);
  }

  /**
   * Returns what {@code line} of the log in the staging area {@code directory} describes, or empty
   * if it is no such line.
   */
  static Optional<FinishedFile> parse(String line, StoragePath directory) {
    String[] fields = line.split(SEPARATOR, -1);
    if (fields.length != FIELDS || fields[0].isEmpty() || fields[0].contains("/")) {
      return Optional.empty();
    }
    try {
      WrittenFile written =
          new WrittenFile(
              directory.resolve(fields[0] + StagingArea.SUFFIX),
              Long.parseLong(fields[2]),
              Long.parseLong(fields[3]),
              Integer.parseInt(fields[4]),
              Long.parseLong(fields[5]),
              Long.parseLong(fields[6]),
              Long.parseLong(fields[7]),
              Long.parseLong(fields[8]));
      return Optional.of(
          new FinishedFile(fields[0], fields[1], written, Long.parseLong(fields[9]), fields[10]));
    } catch (NumberFormatException damaged) {
      return Optional.empty();
    }
  }
}
