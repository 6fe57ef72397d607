package dev.keymerge.testdata.row;

import java.math.BigInteger;
import java.util.Locale;

/**
 * Describes what a column's values mean, and fixes the Java class that carries them.
 *
 * <table>
 *   <caption>Java representation of values</caption>
 *   <tr><th>kind</th><th>Java class</th><th>content</th></tr>
 *   <tr><td>BOOLEAN</td><td>{@link Boolean}</td><td></td></tr>
 *   <tr><td>INT8 to INT64, UINT8 to UINT32</td><td>{@link Long}</td><td>the number</td></tr>
 *   <tr><td>UINT64</td><td>{@link BigInteger}</td><td>the number, 0 to 2^64 - 1</td></tr>
 *   <tr><td>FLOAT, DOUBLE</td><td>{@link Float}, {@link Double}</td><td></td></tr>
 *   <tr><td>DECIMAL</td><td>{@link java.math.BigDecimal}</td><td>with exactly the type's scale</td></tr>
 *   <tr><td>DATE</td><td>{@link Long}</td><td>days since 1970-01-01</td></tr>
 *   <tr><td>TIME</td><td>{@link Long}</td><td>ticks since midnight</td></tr>
 *   <tr><td>TIMESTAMP, TIMESTAMP_ZONED</td><td>{@link Long}</td><td>ticks since 1970-01-01T00:00</td></tr>
 *   <tr><td>STRING</td><td>{@link String}</td><td></td></tr>
 *   <tr><td>BINARY, FIXED_BINARY</td><td>{@link Bytes}</td><td></td></tr>
 * </table>
 *
 * <p>A missing value is {@code null} for every kind. Immutable and compared by content.
 *
 * @param kind which family of values
 * @param precision decimal digits for DECIMAL, else 0
 * @param scale digits after the point for DECIMAL, else 0
 * @param byteWidth bytes of every value for FIXED_BINARY, else 0
 * @param unit tick length of TIME and TIMESTAMP kinds; MILLIS and without meaning for the others
 */
public record LogicalType(Kind kind, int precision, int scale, int byteWidth, TickUnit unit) {

  /** Names the families of values. */
  public enum Kind {
    /** True or false. */
    BOOLEAN,
    /** Signed integer of 8 bits. */
    INT8,
    /** Signed integer of 16 bits. */
    INT16,
    /** Signed integer of 32 bits. */
    INT32,
    /** Signed integer of 64 bits. */
    INT64,
    /** Unsigned integer of 8 bits. */
    UINT8,
    /** Unsigned integer of 16 bits. */
    UINT16,
    /** Unsigned integer of 32 bits. */
    UINT32,
    /** Unsigned integer of 64 bits. */
    UINT64,
    /** IEEE 754 number of 32 bits. */
    FLOAT,
    /** IEEE 754 number of 64 bits. */
    DOUBLE,
    /** Decimal number of fixed scale. */
    DECIMAL,
    /** Calendar date. */
    DATE,
    /** Time of day. */
    TIME,
    /** Date and time of day on an unnamed wall clock. */
    TIMESTAMP,
    /** Instant, in UTC. */
    TIMESTAMP_ZONED,
    /** Unicode text. */
    STRING,
    /** Bytes of any length. */
    BINARY,
    /** Bytes of one fixed length. */
    FIXED_BINARY;

    /** Tells whether values are whole numbers, signed or not. */
    public boolean isInteger() {
      return ordinal() >= INT8.ordinal() && ordinal() <= UINT64.ordinal();
    }
  }

  /** Greatest decimal precision. */
  public static final int MAX_DECIMAL_PRECISION = 38;

  public static final LogicalType BOOLEAN = plain(Kind.BOOLEAN);
  public static final LogicalType INT8 = plain(Kind.INT8);
  public static final LogicalType INT16 = plain(Kind.INT16);
  public static final LogicalType INT32 = plain(Kind.INT32);
  public static final LogicalType INT64 = plain(Kind.INT64);
  public static final LogicalType UINT8 = plain(Kind.UINT8);
  public static final LogicalType UINT16 = plain(Kind.UINT16);
  public static final LogicalType UINT32 = plain(Kind.UINT32);
  public static final LogicalType UINT64 = plain(Kind.UINT64);
  public static final LogicalType FLOAT = plain(Kind.FLOAT);
  public static final LogicalType DOUBLE = plain(Kind.DOUBLE);
  public static final LogicalType DATE = plain(Kind.DATE);
  public static final LogicalType STRING = plain(Kind.STRING);
  public static final LogicalType BINARY = plain(Kind.BINARY);

  /** Checks the parameters of the kinds that have some. */
  public LogicalType {
    if (kind == Kind.DECIMAL
        && (precision < 1 || precision > MAX_DECIMAL_PRECISION || scale < 0 || scale > precision)) {
      throw new IllegalArgumentException("not a decimal type: (" + precision + "," + scale + ")");
    }
    if (kind == Kind.FIXED_BINARY && byteWidth < 1) {
      throw new IllegalArgumentException("not a width of fixed binary values: " + byteWidth);
    }
  }

  /** Makes a decimal type of up to 38 digits. */
  public static LogicalType decimal(int precision, int scale) {
    return new LogicalType(Kind.DECIMAL, precision, scale, 0, TickUnit.MILLIS);
  }

  /** Makes a time-of-day type. */
  public static LogicalType time(TickUnit unit) {
    return new LogicalType(Kind.TIME, 0, 0, 0, unit);
  }

  /** Makes a timestamp type without time zone. */
  public static LogicalType timestamp(TickUnit unit) {
    return new LogicalType(Kind.TIMESTAMP, 0, 0, 0, unit);
  }

  /** Makes an instant type, a timestamp adjusted to UTC. */
  public static LogicalType timestampZoned(TickUnit unit) {
    return new LogicalType(Kind.TIMESTAMP_ZONED, 0, 0, 0, unit);
  }

  /** Makes a binary type whose values all have the same number of bytes. */
  public static LogicalType fixedBinary(int byteWidth) {
    return new LogicalType(Kind.FIXED_BINARY, 0, 0, byteWidth, TickUnit.MILLIS);
  }

  private static LogicalType plain(Kind kind) {
    return new LogicalType(kind, 0, 0, 0, TickUnit.MILLIS);
  }

  /** Smallest number that an integer kind can hold. */
  public BigInteger smallestInteger() {
    return switch (kind) {
      case INT8 -> BigInteger.valueOf(Byte.MIN_VALUE);
      case INT16 -> BigInteger.valueOf(Short.MIN_VALUE);
      case INT32 -> BigInteger.valueOf(Integer.MIN_VALUE);
      case INT64 -> BigInteger.valueOf(Long.MIN_VALUE);
      case UINT8, UINT16, UINT32, UINT64 -> BigInteger.ZERO;
      default -> throw new IllegalStateException("not an integer type: " + this);
    };
  }

  /** Greatest number that an integer kind can hold. */
  public BigInteger greatestInteger() {
    return switch (kind) {
      case INT8 -> BigInteger.valueOf(Byte.MAX_VALUE);
      case INT16 -> BigInteger.valueOf(Short.MAX_VALUE);
      case INT32 -> BigInteger.valueOf(Integer.MAX_VALUE);
      case INT64 -> BigInteger.valueOf(Long.MAX_VALUE);
      case UINT8 -> BigInteger.valueOf(0xFF);
      case UINT16 -> BigInteger.valueOf(0xFFFF);
      case UINT32 -> BigInteger.valueOf(0xFFFF_FFFFL);
      case UINT64 -> BigInteger.ONE.shiftLeft(64).subtract(BigInteger.ONE);
      default -> throw new IllegalStateException("not an integer type: " + this);
    };
  }

  @Override
  public String toString() {
    return switch (kind) {
      case DECIMAL -> "decimal(" + precision + "," + scale + ")";
      case TIME, TIMESTAMP, TIMESTAMP_ZONED ->
          kind.name().toLowerCase(Locale.ROOT) + "(" + unit.name().toLowerCase(Locale.ROOT) + ")";
      case FIXED_BINARY -> "fixed_binary(" + byteWidth + ")";
      default -> kind.name().toLowerCase(Locale.ROOT);
    };
  }
}
