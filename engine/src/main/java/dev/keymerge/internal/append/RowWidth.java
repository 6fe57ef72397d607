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

  private long writtenBits;
  private long sampledBits;

  /** Returns whether the values of {@code vector} must be seen to know how long they are. */
  static boolean dependsOnValues(FieldVector vector) {
    return vector instanceof BaseVariableWidthVector;
  }

  /**
   * Returns how many bits the first {@code count} values of {@code vector} take, without what holds
   * them. Bits, since truth values that are rounded to bytes would not add up.
   */
  private static long bits(FieldVector vector, int count) {
    if (vector instanceof BitVector || count == 0) {
      return count;
    }
    long bytes = 0;
    if (vector instanceof BaseVariableWidthVector) {
      long offsets = (long) count * Integer.BYTES;
      bytes = offsets + vector.getOffsetBuffer().getInt(offsets);
    } else if (vector instanceof BaseFixedWidthVector fixed) {
      bytes = (long) count * fixed.getTypeWidth();
    }
    return bytes * Byte.SIZE;
  }

  /** Adds values of the row group that is written. */
  void addWritten(FieldVector vector, int count) {
    writtenBits += bits(vector, count);
  }

  /** Adds values of the rows that are looked at. */
  void addSampled(FieldVector vector, int count) {
    sampledBits += bits(vector, count);
  }

  /** Forgets what was looked at and written before. */
  void startRowGroup() {
    writtenBits = 0;
    sampledBits = 0;
  }

  /**
   * Returns how many rows {@code bytes} are enough for, at least one.
   *
   * @param sampled how many rows were looked at
   * @param written how many rows the row group before had, or 0
   */
  long rowsIn(long bytes, int sampled, int written) {
    double width = sampledBits / (double) Byte.SIZE / sampled;
    if (written > 0) {
      width = Math.max(width, writtenBits / (double) Byte.SIZE / written);
    }
    return Math.max(1, (long) (bytes / Math.max(1, width)));
  }
}
