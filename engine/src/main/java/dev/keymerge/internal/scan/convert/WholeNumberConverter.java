package dev.keymerge.internal.scan.convert;

import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Converts between layouts of whole numbers and between units of time: dates, times and timestamps
 * are whole numbers of a unit.
 */
final class WholeNumberConverter implements ValueConverter {
  private static final int BLOCK = 1024;

  private final Path path;
  private final long[] block = new long[BLOCK];

  WholeNumberConverter(Path path) {
    this.path = path;
  }

  /**
   * Says what happens to a value on its way.
   *
   * @param source how it is laid out
   * @param target how it is to be laid out
   * @param least the least value of the source that fits
   * @param greatest the greatest value of the source that fits
   * @param multiply what it is multiplied by, or 1
   * @param divide what must divide it without a rest, or 1
   */
  record Path(
      IntegerLayout source,
      IntegerLayout target,
      long least,
      long greatest,
      long multiply,
      long divide) {

    /** Returns the path between integers. */
    static Path plain(IntegerLayout source, IntegerLayout target) {
      return new Path(
          source,
          target,
          Math.max(source.least(), target.least()),
          Math.min(source.greatest(), target.greatest()),
          1,
          1);
    }

    /**
     * Returns the path between units of time of {@code sourceNanos} and {@code targetNanos}, one a
     * multiple of the other.
     */
    static Path scaled(
        IntegerLayout source, IntegerLayout target, long sourceNanos, long targetNanos) {
      if (sourceNanos >= targetNanos) {
        long multiply = sourceNanos / targetNanos;
        return new Path(
            source,
            target,
            Math.max(source.least(), target.least() / multiply),
            Math.min(source.greatest(), target.greatest() / multiply),
            multiply,
            1);
      }
      long divide = targetNanos / sourceNanos;
      return new Path(
          source,
          target,
          Math.max(source.least(), saturatedProduct(target.least(), divide)),
          Math.min(source.greatest(), saturatedProduct(target.greatest(), divide)),
          1,
          divide);
    }

    /** Returns whether some value of the source does not fit. */
    boolean canFail() {
      return divide > 1
          || least > source.least()
          || greatest < source.greatest()
          || (source.unsignedLong() && !target.unsignedLong());
    }

    private static long saturatedProduct(long bound, long factor) {
      long high = Math.multiplyHigh(bound, factor);
      long low = bound * factor;
      if (high == low >> 63) {
        return low;
      }
      return high < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }

  @Override
  public int convert(FieldVector source, int from, int count, FieldVector target) {
    Validity.makeRoom((BaseFixedWidthVector) target, count);
    Validity.copy(source, from, count, target);
    for (int done = 0; done < count; done += BLOCK) {
      int rows = Math.min(BLOCK, count - done);
      path.source.load(source.getDataBuffer(), from + done, rows, block);
      int misfit = firstMisfit(source, from + done, rows);
      if (misfit != ALL_FIT) {
        return misfit;
      }
      scale(rows);
      path.target.store(block, rows, target.getDataBuffer(), done);
    }
    target.setValueCount(count);
    return ALL_FIT;
  }

  private int firstMisfit(FieldVector source, int from, int rows) {
    if (!path.canFail()) {
      return ALL_FIT;
    }
    long least = path.least;
    long greatest = path.greatest;
    long divide = path.divide;
    for (int i = 0; i < rows; i++) {
      long value = block[i];
      if ((value < least || value > greatest || (divide > 1 && value % divide != 0))
          && Validity.holdsValue(source, from + i)) {
        return from + i;
      }
    }
    return ALL_FIT;
  }

  private void scale(int rows) {
    if (path.multiply > 1) {
      for (int i = 0; i < rows; i++) {
        block[i] *= path.multiply;
      }
    } else if (path.divide > 1) {
      for (int i = 0; i < rows; i++) {
        block[i] /= path.divide;
      }
    }
  }
}
