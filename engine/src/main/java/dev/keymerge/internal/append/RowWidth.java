package dev.keymerge.internal.append;

import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Estimates how many bytes of values a row has, by the rows that were written before and by the
 * first ones that come next.
 *
 * <p>Sees values and nothing else, so that equal rows give equal estimates however they were cut
 * into blocks. Not thread-safe.
 */
final class RowWidth {
  /** How many rows of a row group are looked at before it is written. */
  static final int SAMPLED_ROWS = 1024;

  private long writtenBytes;
  private long sampledBytes;

  /** Returns how many bytes the values of {@code vector} take, without what holds them. */
  static long bytes(FieldVector vector) {
    long count = vector.getValueCount();
    if (count == 0) {
      return 0;
    }
    if (vector instanceof BaseVariableWidthVector) {
      return count * Integer.BYTES + vector.getOffsetBuffer().getInt(count * Integer.BYTES);
    }
    if (vector instanceof BitVector) {
      return count / Byte.SIZE + 1;
    }
    return vector instanceof BaseFixedWidthVector fixed ? count * fixed.getTypeWidth() : 0;
  }

  /** Adds values of the row group that is written. */
  void addWritten(FieldVector vector) {
    writtenBytes += bytes(vector);
  }

  /** Adds values of the rows that are looked at. */
  void addSampled(FieldVector vector) {
    sampledBytes += bytes(vector);
  }

  /** Forgets what was looked at and written before. */
  void startRowGroup() {
    writtenBytes = 0;
    sampledBytes = 0;
  }

  /**
   * Returns how many rows {@code bytes} are enough for, at least one.
   *
   * @param sampled how many rows were looked at
   * @param written how many rows the row group before had, or 0
   */
  long rowsIn(long bytes, int sampled, int written) {
    double width = sampledBytes / (double) sampled;
    if (written > 0) {
      width = Math.max(width, writtenBytes / (double) written);
    }
    return Math.max(1, (long) (bytes / Math.max(1, width)));
  }
}
