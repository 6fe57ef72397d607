package dev.keymerge.internal.scan.convert;

import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Converts between widths of floating point; a value fits if it comes back the same, and NaN always
 * does.
 */
final class FloatConverter implements ValueConverter {
  private static final int BLOCK = 1024;

  private final FloatLayout source;
  private final FloatLayout target;
  private final double[] block = new double[BLOCK];

  FloatConverter(FloatLayout source, FloatLayout target) {
    this.source = source;
    this.target = target;
  }

  @Override
  public int convert(FieldVector from, int first, int count, FieldVector to) {
    Validity.makeRoom((BaseFixedWidthVector) to, count);
    Validity.copy(from, first, count, to);
    for (int done = 0; done < count; done += BLOCK) {
      int rows = Math.min(BLOCK, count - done);
      source.load(from.getDataBuffer(), first + done, rows, block);
      int misfit = firstMisfit(from, first + done, rows);
      if (misfit != ALL_FIT) {
        return misfit;
      }
      target.store(block, rows, to.getDataBuffer(), done);
    }
    to.setValueCount(count);
    return ALL_FIT;
  }

  private int firstMisfit(FieldVector vector, int from, int rows) {
    if (target.compareTo(source) >= 0) {
      return ALL_FIT;
    }
    for (int i = 0; i < rows; i++) {
      double value = block[i];
      if (target.rounded(value) != value
          && !Double.isNaN(value)
          && Validity.holdsValue(vector, from + i)) {
        return from + i;
      }
    }
    return ALL_FIT;
  }
}
