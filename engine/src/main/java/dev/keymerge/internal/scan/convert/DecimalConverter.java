package dev.keymerge.internal.scan.convert;

import java.math.BigInteger;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/**
 * Converts between decimals of any precision and scale, and between them and integers; a value fits
 * if no digit but a zero behind the decimal point is lost.
 *
 * <p>Numbers that fit 64 bits before and 128 bits after scaling, practically all, are computed in
 * two {@code long}s; the others as {@link BigInteger}.
 */
final class DecimalConverter implements ValueConverter {
  private static final BigInteger LEAST_128 = BigInteger.ONE.shiftLeft(127).negate();
  private static final BigInteger GREATEST_128 =
      BigInteger.ONE.shiftLeft(127).subtract(BigInteger.ONE);
  private static final int LONG_DIGITS = 18;

  private final @Nullable IntegerLayout integers;
  private final NumberRange source;
  private final NumberRange target;
  private final int scaleUp;
  private final long power;
  private final long leastHigh;
  private final long leastLow;
  private final long greatestHigh;
  private final long greatestLow;
  private final long[] single = new long[1];
  private final long[] result = new long[4];

  DecimalConverter(ArrowType sourceType, ArrowType targetType) {
    this.integers = sourceType instanceof ArrowType.Int ? IntegerLayout.of(sourceType) : null;
    this.source = NumberRange.of(sourceType);
    this.target = NumberRange.of(targetType);
    this.scaleUp = target.scale() - source.scale();
    this.power =
        Math.abs(scaleUp) <= LONG_DIGITS ? BigInteger.TEN.pow(Math.abs(scaleUp)).longValue() : 0;
    BigInteger least = target.least().max(LEAST_128);
    BigInteger greatest = target.greatest().min(GREATEST_128);
    this.leastHigh = least.shiftRight(64).longValue();
    this.leastLow = least.longValue();
    this.greatestHigh = greatest.shiftRight(64).longValue();
    this.greatestLow = greatest.longValue();
  }

  /** Returns whether some value of {@code source} does not fit {@code target}. */
  static boolean canFail(ArrowType source, ArrowType target) {
    return !NumberRange.of(target).holdsAllOf(NumberRange.of(source));
  }

  @Override
  public int convert(FieldVector from, int first, int count, FieldVector to) {
    Validity.makeRoom((BaseFixedWidthVector) to, count);
    Validity.copy(from, first, count, to);
    ArrowBuf values = from.getDataBuffer();
    ArrowBuf converted = to.getDataBuffer();
    for (int i = 0; i < count; i++) {
      if (Validity.holdsValue(from, first + i)) {
        if (!convert(values, first + i)) {
          return first + i;
        }
        store(converted, i);
      }
    }
    to.setValueCount(count);
    return ALL_FIT;
  }

  /** Converts value {@code i} into {@link #result} and returns whether it fits. */
  private boolean convert(ArrowBuf values, int i) {
    long low = low(values, i);
    if (fitsLong(values, i, low) && Math.abs(scaleUp) <= LONG_DIGITS) {
      return scale(low);
    }
    return scale(exact(values, i));
  }

  private long low(ArrowBuf values, int i) {
    if (integers == null) {
      return values.getLong((long) i * source.bytes());
    }
    integers.load(values, i, 1, single);
    return single[0];
  }

  private boolean fitsLong(ArrowBuf values, int i, long low) {
    if (integers != null) {
      return !integers.unsignedLong() || low >= 0;
    }
    long sign = low >> 63;
    for (int offset = 8; offset < source.bytes(); offset += 8) {
      if (values.getLong((long) i * source.bytes() + offset) != sign) {
        return false;
      }
    }
    return true;
  }

  private BigInteger exact(ArrowBuf values, int i) {
    if (integers != null) {
      long low = low(values, i);
      return integers.unsignedLong()
          ? new BigInteger(Long.toUnsignedString(low))
          : BigInteger.valueOf(low);
    }
    byte[] bytes = new byte[source.bytes()];
    long offset = (long) i * bytes.length;
    for (int k = 0; k < bytes.length; k++) {
      bytes[bytes.length - 1 - k] = values.getByte(offset + k);
    }
    return new BigInteger(bytes);
  }

  private boolean scale(long value) {
    long high;
    long low;
    if (scaleUp >= 0) {
      high = Math.multiplyHigh(value, power);
      low = value * power;
    } else {
      if (value % power != 0) {
        return false;
      }
      low = value / power;
      high = low >> 63;
    }
    result[0] = low;
    result[1] = high;
    result[2] = high >> 63;
    result[3] = high >> 63;
    return compare(high, low, leastHigh, leastLow) >= 0
        && compare(high, low, greatestHigh, greatestLow) <= 0;
  }

  private static int compare(long high, long low, long otherHigh, long otherLow) {
    return high != otherHigh ? Long.compare(high, otherHigh) : Long.compareUnsigned(low, otherLow);
  }

  private boolean scale(BigInteger value) {
    BigInteger scaled;
    if (scaleUp >= 0) {
      scaled = value.multiply(BigInteger.TEN.pow(scaleUp));
    } else {
      BigInteger[] parts = value.divideAndRemainder(BigInteger.TEN.pow(-scaleUp));
      if (parts[1].signum() != 0) {
        return false;
      }
      scaled = parts[0];
    }
    for (int k = 0; k < result.length; k++) {
      result[k] = scaled.shiftRight(64 * k).longValue();
    }
    return scaled.compareTo(target.least()) >= 0 && scaled.compareTo(target.greatest()) <= 0;
  }

  private void store(ArrowBuf data, int i) {
    long offset = (long) i * target.bytes();
    switch (target.bytes()) {
      case 1 -> data.setByte(offset, (byte) result[0]);
      case 2 -> data.setShort(offset, (short) result[0]);
      case 4 -> data.setInt(offset, (int) result[0]);
      default -> {
        for (int k = 0; k < target.bytes() / 8; k++) {
          data.setLong(offset + 8L * k, result[k]);
        }
      }
    }
  }
}
