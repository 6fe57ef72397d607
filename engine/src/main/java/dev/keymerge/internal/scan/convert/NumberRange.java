package dev.keymerge.internal.scan.convert;

import java.math.BigInteger;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * Says which exact numbers a type holds: whole multiples of a power of ten between two bounds.
 *
 * @param least the least unscaled value
 * @param greatest the greatest unscaled value
 * @param scale digits behind the decimal point; 0 for integers
 * @param bytes width of a value
 */
record NumberRange(BigInteger least, BigInteger greatest, int scale, int bytes) {
  /** Returns what {@code type}, an integer or a decimal, holds. */
  static NumberRange of(ArrowType type) {
    if (type instanceof ArrowType.Decimal decimal) {
      BigInteger greatest = BigInteger.TEN.pow(decimal.getPrecision()).subtract(BigInteger.ONE);
      return new NumberRange(
          greatest.negate(), greatest, decimal.getScale(), decimal.getBitWidth() / 8);
    }
    IntegerLayout layout = IntegerLayout.of(type);
    BigInteger greatest =
        layout.unsignedLong()
            ? BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE)
            : BigInteger.valueOf(layout.greatest());
    return new NumberRange(BigInteger.valueOf(layout.least()), greatest, 0, layout.bytes());
  }

  /** Returns whether this range holds every number of {@code other}. */
  boolean holdsAllOf(NumberRange other) {
    if (other.scale > scale) {
      return false;
    }
    BigInteger factor = BigInteger.TEN.pow(scale - other.scale);
    return other.least.multiply(factor).compareTo(least) >= 0
        && other.greatest.multiply(factor).compareTo(greatest) <= 0;
  }
}
