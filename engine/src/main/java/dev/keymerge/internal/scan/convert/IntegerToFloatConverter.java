package dev.keymerge.internal.scan.convert;

import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Converts integers to floating point; a value fits if floating point of the target's width says it
 * exactly.
 */
final class IntegerToFloatConverter implements ValueConverter {
  private static final int BLOCK = 1024;
  private static final double TWO_TO_63 = 0x1p63;

  private final IntegerLayout source;
  private final FloatLayout target;
  private final long[] block = new long[BLOCK];
  private final double[] converted = new double[BLOCK];

  IntegerToFloatConverter(IntegerLayout source, FloatLayout target) {
    this.source = source;
    this.target = target;
  }

  /** Returns whether some integer of {@code source} does not fit. */
  static boolean canFail(IntegerLayout source, FloatLayout target) {
    int bits = source.signed() ? 8 * source.bytes() - 1 : 8 * source.bytes();
    return bits > target.wholeBits();
  }

  @Override
  public int convert(FieldVector from, int first, int count, FieldVector to) {
    Validity.makeRoom((BaseFixedWidthVector) to, count);
    Validity.copy(from, first, count, to);
    for (int done = 0; done < count; done += BLOCK) {
      int rows = Math.min(BLOCK, count - done);
      source.load(from.getDataBuffer(), first + done, rows, block);
      for (int i = 0; i < rows; i++) {
        if (!convert(i) && Validity.holdsValue(from, first + done + i)) {
          return first + done + i;
        }
      }
      target.store(converted, rows, to.getDataBuffer(), done);
    }
    to.setValueCount(count);
    return ALL_FIT;
  }

  /** Converts value {@code i} of the block and returns whether it is exact. */
  private boolean convert(int i) {
    long value = block[i];
    if (source.unsignedLong() && value < 0) {
      // Halved, the value has a sign again; the bit that this drops must be 0 for the value to be
      // exact at all.
      long half = value >>> 1;
      double exact = half;
      converted[i] = exact * 2;
      return (value & 1) == 0
          && exact < TWO_TO_63
          && (long) exact == half
          && target.rounded(converted[i]) == converted[i];
    }
    double exact = value;
    converted[i] = exact;
    // The greatest long rounds up to 2^63, which would come back as the greatest long.
    return exact < TWO_TO_63 && (long) exact == value && target.rounded(exact) == exact;
  }
}
