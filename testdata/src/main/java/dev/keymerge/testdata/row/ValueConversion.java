package dev.keymerge.testdata.row;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * Converts values from one logical type to another, only where nothing is lost.
 *
 * <p>Whole numbers convert among all integer types, to decimals and to floating point, decimals
 * among themselves and to integers, float to double and back, times and timestamps among their
 * units, binary among fixed and variable length. A timestamp with zone never converts to one
 * without, nor binary of one fixed length to another. Each value must fit: the conversion yields
 * nothing when it does not.
 *
 * <p>Immutable; usable from any thread.
 */
public final class ValueConversion {

  private final LogicalType from;
  private final LogicalType to;

  private ValueConversion(LogicalType from, LogicalType to) {
    this.from = from;
    this.to = to;
  }

  /**
   * Gives the conversion between two types, or nothing when no value of one may become the other.
   */
  public static Optional<ValueConversion> between(LogicalType from, LogicalType to) {
    return possible(from, to) ? Optional.of(new ValueConversion(from, to)) : Optional.empty();
  }

  private static boolean possible(LogicalType from, LogicalType to) {
    if (isExactNumber(from.kind())) {
      return isExactNumber(to.kind()) || (from.kind().isInteger() && isFloating(to.kind()));
    }
    if (isFloating(from.kind())) {
      return isFloating(to.kind());
    }
    if (from.kind() == LogicalType.Kind.FIXED_BINARY && to.kind() == from.kind()) {
      return from.byteWidth() == to.byteWidth();
    }
    return (isBinary(from.kind()) && isBinary(to.kind())) || from.kind() == to.kind();
  }

  private static boolean isExactNumber(LogicalType.Kind kind) {
    return kind.isInteger() || kind == LogicalType.Kind.DECIMAL;
  }

  private static boolean isFloating(LogicalType.Kind kind) {
    return kind == LogicalType.Kind.FLOAT || kind == LogicalType.Kind.DOUBLE;
  }

  private static boolean isBinary(LogicalType.Kind kind) {
    return kind == LogicalType.Kind.BINARY || kind == LogicalType.Kind.FIXED_BINARY;
  }

  /** Converts one value that is not null, or gives nothing when it does not fit without loss. */
  public Optional<Object> convert(Object value) {
    if (from.equals(to)) {
      return Optional.of(value);
    }
    return switch (to.kind()) {
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64 -> toInteger(value);
      case DECIMAL -> toDecimal(number(value));
      case FLOAT -> from.kind().isInteger() ? wholeToFloat(value) : toFloat((Number) value);
      case DOUBLE -> from.kind().isInteger() ? wholeToDouble(value) : toDouble((Number) value);
      case TIME, TIMESTAMP, TIMESTAMP_ZONED -> toTicks((Long) value);
      case FIXED_BINARY ->
          Optional.of(value).filter(bytes -> ((Bytes) bytes).length() == to.byteWidth());
      case BOOLEAN, DATE, STRING, BINARY -> Optional.of(value);
    };
  }

  private static BigDecimal number(Object value) {
    if (value instanceof BigDecimal decimal) {
      return decimal;
    }
    return value instanceof BigInteger whole
        ? new BigDecimal(whole)
        : BigDecimal.valueOf((Long) value);
  }

  private Optional<Object> toInteger(Object value) {
    BigDecimal number = number(value).stripTrailingZeros();
    if (number.scale() > 0) {
      return Optional.empty();
    }
    BigInteger whole = number.toBigIntegerExact();
    if (whole.compareTo(to.smallestInteger()) < 0 || whole.compareTo(to.greatestInteger()) > 0) {
      return Optional.empty();
    }
    return Optional.of(
        to.kind() == LogicalType.Kind.UINT64 ? whole : (Object) whole.longValueExact());
  }

  private Optional<Object> toDecimal(BigDecimal number) {
    if (number.stripTrailingZeros().scale() > to.scale()) {
      return Optional.empty();
    }
    BigDecimal scaled = number.setScale(to.scale(), RoundingMode.UNNECESSARY);
    return scaled.precision() > to.precision() ? Optional.empty() : Optional.of(scaled);
  }

  private static Optional<Object> toFloat(Number number) {
    float narrowed = number.floatValue();
    boolean exact = Double.compare(narrowed, number.doubleValue()) == 0;
    return exact ? Optional.of(narrowed) : Optional.empty();
  }

  private static Optional<Object> toDouble(Number number) {
    return Optional.of(number.doubleValue());
  }

  private static Optional<Object> wholeToFloat(Object value) {
    float nearest = number(value).floatValue();
    boolean exact = new BigDecimal(nearest).compareTo(number(value)) == 0;
    return exact ? Optional.of(nearest) : Optional.empty();
  }

  private static Optional<Object> wholeToDouble(Object value) {
    double nearest = number(value).doubleValue();
    boolean exact = new BigDecimal(nearest).compareTo(number(value)) == 0;
    return exact ? Optional.of(nearest) : Optional.empty();
  }

  private Optional<Object> toTicks(long ticks) {
    BigInteger scaled =
        BigInteger.valueOf(ticks).multiply(BigInteger.valueOf(to.unit().ticksPerSecond()));
    BigInteger[] parts =
        scaled.divideAndRemainder(BigInteger.valueOf(from.unit().ticksPerSecond()));
    boolean fits = parts[1].signum() == 0 && parts[0].bitLength() < Long.SIZE;
    return fits ? Optional.of(parts[0].longValueExact()) : Optional.empty();
  }
}
