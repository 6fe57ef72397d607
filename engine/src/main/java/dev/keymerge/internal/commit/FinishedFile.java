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
 * @param counts what is known about how it came about: rows, bytes, row groups, chunks copied,
 *     bytes copied, chunks encoded, pages encoded
 * @param modifiedNanos its time
 * @param identity what tells it from another file of its name
 */
record FinishedFile(String name, String plan, Counts counts, long modifiedNanos, String identity) {
  private static final String SEPARATOR = "\t";
  private static final int FIELDS = 11;

  /** Holds the numbers of a {@link WrittenFile}. */
  record Counts(
      long rows,
      long bytes,
      int rowGroups,
      long chunksCopied,
      long bytesCopied,
      long chunksEncoded,
      long pagesEncoded) {}

  /** Returns the description of {@code written}. */
  static FinishedFile of(String name, String plan, WrittenFile written, FileStatus status) {
    Counts counts =
        new Counts(
            written.rows(),
            written.bytes(),
            written.rowGroups(),
            written.chunksCopied(),
            written.bytesCopied(),
            written.chunksEncoded(),
            written.pagesEncoded());
    return new FinishedFile(name, plan, counts, status.modifiedNanos(), status.identity());
  }

  /** Returns the name of the file itself. */
  String fileName() {
    return name + StagingArea.SUFFIX;
  }

  /** Returns whether what stands there is this very file. */
  boolean describes(Optional<FileStatus> status) {
    return status.isPresent()
        && !status.get().directory()
        && status.get().bytes() == counts.bytes
        && status.get().modifiedNanos() == modifiedNanos
        && status.get().identity().equals(identity);
  }

  /** Returns what is known about the file at {@code path}. */
  WrittenFile written(StoragePath path) {
    return new WrittenFile(
        path,
        counts.rows,
        counts.bytes,
        counts.rowGroups,
        counts.chunksCopied,
        counts.bytesCopied,
        counts.chunksEncoded,
        counts.pagesEncoded);
  }

  /** Returns the line, without its end. */
  String line() {
    return String.join(
        SEPARATOR,
        name,
        plan,
        String.valueOf(counts.rows),
        String.valueOf(counts.bytes),
        String.valueOf(counts.rowGroups),
        String.valueOf(counts.chunksCopied),
        String.valueOf(counts.bytesCopied),
        String.valueOf(counts.chunksEncoded),
        String.valueOf(counts.pagesEncoded),
        String.valueOf(modifiedNanos),
        identity);
  }

  /** Returns what {@code line} describes, or empty if it is no such line. */
  static Optional<FinishedFile> parse(String line) {
    String[] fields = line.split(SEPARATOR, -1);
    if (fields.length != FIELDS || fields[0].isEmpty() || fields[0].contains("/")) {
      return Optional.empty();
    }
    try {
      Counts counts =
          new Counts(
              Long.parseLong(fields[2]),
              Long.parseLong(fields[3]),
              Integer.parseInt(fields[4]),
              Long.parseLong(fields[5]),
              Long.parseLong(fields[6]),
              Long.parseLong(fields[7]),
              Long.parseLong(fields[8]));
      return Optional.of(
          new FinishedFile(fields[0], fields[1], counts, Long.parseLong(fields[9]), fields[10]));
    } catch (NumberFormatException damaged) {
      return Optional.empty();
    }
  }
}
