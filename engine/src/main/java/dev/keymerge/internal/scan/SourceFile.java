package dev.keymerge.internal.scan;

import dev.keymerge.internal.storage.FileStatus;
import java.util.Arrays;

/**
 * Keeps of one Parquet file of a source what finding rows takes: far less than its footer.
 *
 * <p>Immutable.
 */
final class SourceFile {
  /** What an instance takes beside its row groups, about: the status with its texts. */
  private static final long FIXED_BYTES = 400;

  private final SourcePart part;
  private final long firstOrdinal;
  private final long[] groupStarts;

  /**
   * Creates the facts.
   *
   * @param part the file as it was when its footer was read
   * @param firstOrdinal ordinal of the file's first row in the source
   * @param groupStarts row in the file at which each row group starts, and the number of rows at
   *     the end
   */
  SourceFile(SourcePart part, long firstOrdinal, long[] groupStarts) {
    this.part = part;
    this.firstOrdinal = firstOrdinal;
    this.groupStarts = groupStarts;
  }

  FileStatus status() {
    return part.status();
  }

  String identity() {
    return part.identity();
  }

  long firstOrdinal() {
    return firstOrdinal;
  }

  int rowGroups() {
    return groupStarts.length - 1;
  }

  /** Returns the row of the file, counted from 0, with which {@code rowGroup} starts. */
  long groupStart(int rowGroup) {
    return groupStarts[rowGroup];
  }

  long groupRows(int rowGroup) {
    return groupStarts[rowGroup + 1] - groupStarts[rowGroup];
  }

  long rows() {
    return groupStarts[groupStarts.length - 1];
  }

  /** Returns the row group that holds {@code row} of the file. */
  int groupOf(long row) {
    int found = Arrays.binarySearch(groupStarts, row);
    if (found < 0) {
      return -found - 2;
    }
    // Empty row groups start where the next one does.
    while (groupStarts[found + 1] == row) {
      found++;
    }
    return found;
  }

  /** Returns what an instance for so many row groups takes in memory, about. */
  static long retainedBytes(int rowGroups) {
    return FIXED_BYTES + (long) rowGroups * Long.BYTES;
  }
}
