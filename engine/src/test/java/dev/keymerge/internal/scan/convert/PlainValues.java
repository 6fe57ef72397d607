package dev.keymerge.internal.scan.convert;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/**
 * Moves values between vectors and plain objects that compare by meaning: exact numbers and
 * nanoseconds as {@link BigDecimal}, text as itself, bytes as hexadecimal text. Tells by exact
 * arithmetic which type holds which value.
 */
final class PlainValues {
  private static final BigInteger NANOS_OF_DAY = BigInteger.valueOf(86_400_000_000_000L);

  private PlainValues() {}

  /** Sets {@code row}, which must lie within the vector's capacity. */
  static void set(FieldVector vector, int row, Object value) {
    if (vector instanceof BaseIntVector integers) {
      integers.setWithPossibleTruncate(row, ((BigDecimal) value).toBigIntegerExact().longValue());
    } else if (vector instanceof DecimalVector decimals) {
      decimals.set(row, ((BigDecimal) value).setScale(decimals.getScale()));
    } else if (vector instanceof Decimal256Vector decimals) {
      decimals.set(row, ((BigDecimal) value).setScale(decimals.getScale()));
    } else if (vector instanceof Float2Vector floats) {
      floats.setWithPossibleTruncate(row, ((Number) value).floatValue());
    } else if (vector instanceof Float4Vector floats) {
      floats.set(row, ((Number) value).floatValue());
    } else if (vector instanceof Float8Vector floats) {
      floats.set(row, ((Number) value).doubleValue());
    } else if (vector instanceof BitVector bits) {
      bits.set(row, (Boolean) value ? 1 : 0);
    } else if (vector instanceof BaseVariableWidthVector bytes) {
      bytes.setSafe(row, bytesOf(value));
    } else if (vector instanceof BaseLargeVariableWidthVector bytes) {
      bytes.setSafe(row, bytesOf(value));
    } else if (vector instanceof BaseVariableWidthViewVector bytes) {
      bytes.setSafe(row, bytesOf(value));
    } else if (vector instanceof FixedSizeBinaryVector bytes) {
      bytes.set(row, bytesOf(value));
    } else {
      setTime(vector, row, (BigDecimal) value);
    }
  }

  private static void setTime(FieldVector vector, int row, BigDecimal nanos) {
    BigDecimal unit = new BigDecimal(unitNanos(vector.getField().getType()));
    long count = nanos.divide(unit).longValueExact();
    if (vector instanceof DateDayVector days) {
      days.set(row, (int) count);
    } else if (vector instanceof DateMilliVector millis) {
      millis.set(row, count);
    } else if (vector instanceof TimeSecVector seconds) {
      seconds.set(row, (int) count);
    } else if (vector instanceof TimeMilliVector millis) {
      millis.set(row, (int) count);
    } else if (vector instanceof TimeMicroVector micros) {
      micros.set(row, count);
    } else if (vector instanceof TimeNanoVector time) {
      time.set(row, count);
    } else {
      ((TimeStampVector) vector).set(row, count);
    }
  }

  /** Returns the value in {@code row}, or null. */
  static @Nullable Object read(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (vector instanceof UInt8Vector integers) {
      return normal(new BigDecimal(Long.toUnsignedString(integers.get(row))));
    }
    if (vector instanceof BaseIntVector integers) {
      return normal(BigDecimal.valueOf(integers.getValueAsLong(row)));
    }
    ArrowType type = vector.getField().getType();
    return switch (TypeKind.of(type).orElseThrow()) {
      case DECIMAL -> normal((BigDecimal) vector.getObject(row));
      case FLOAT ->
          vector instanceof Float2Vector half
              ? (double) half.getValueAsFloat(row)
              : ((Number) vector.getObject(row)).doubleValue();
      case DATE, TIME, CLOCK, INSTANT -> nanos(vector, row, type);
      case BYTES, FIXED_BYTES -> HexFormat.of().formatHex((byte[]) vector.getObject(row));
      default -> {
        Object value = vector.getObject(row);
        yield value instanceof Boolean ? value : value.toString();
      }
    };
  }

  private static Object nanos(FieldVector vector, int row, ArrowType type) {
    long count =
        vector.getBufferSizeFor(8) >= 65
            ? vector.getDataBuffer().getLong(8L * row)
            : vector.getDataBuffer().getInt(4L * row);
    return normal(new BigDecimal(BigInteger.valueOf(count).multiply(unitNanos(type))));
  }

  private static byte[] bytesOf(Object value) {
    String text = (String) value;
    return text.startsWith("text")
        ? text.getBytes(StandardCharsets.UTF_8)
        : HexFormat.of().parseHex(text);
  }

  static BigDecimal normal(BigDecimal number) {
    return number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
  }

  static BigInteger unitNanos(ArrowType type) {
    if (type instanceof ArrowType.Date date) {
      return date.getUnit() == DateUnit.DAY ? NANOS_OF_DAY : BigInteger.valueOf(1_000_000);
    }
    TimeUnit unit =
        type instanceof ArrowType.Time time
            ? time.getUnit()
            : ((ArrowType.Timestamp) type).getUnit();
    return BigInteger.TEN.pow(9 - 3 * List.of(TimeUnit.values()).indexOf(unit));
  }

  /** Returns whether {@code type} holds {@code value} exactly. */
  static boolean holds(ArrowType type, Object value) {
    return switch (TypeKind.of(type).orElseThrow()) {
      case NULL -> false;
      case BOOLEAN -> value instanceof Boolean;
      case INTEGER ->
          value instanceof BigDecimal number && integerHolds((ArrowType.Int) type, number);
      case DECIMAL ->
          value instanceof BigDecimal number && decimalHolds((ArrowType.Decimal) type, number);
      case FLOAT -> floatHolds(((ArrowType.FloatingPoint) type).getPrecision(), value);
      case DATE, TIME, CLOCK, INSTANT ->
          value instanceof BigDecimal nanos && timeHolds(type, nanos);
      case STRING -> value instanceof String text && text.startsWith("text");
      case BYTES -> value instanceof String text && !text.startsWith("text");
      case FIXED_BYTES ->
          value instanceof String text
              && !text.startsWith("text")
              && text.length() == 2 * ((ArrowType.FixedSizeBinary) type).getByteWidth();
    };
  }

  private static boolean integerHolds(ArrowType.Int type, BigDecimal number) {
    if (number.stripTrailingZeros().scale() > 0) {
      return false;
    }
    BigInteger whole = number.toBigIntegerExact();
    return type.getIsSigned()
        ? whole.bitLength() < type.getBitWidth()
        : whole.signum() >= 0 && whole.bitLength() <= type.getBitWidth();
  }

  private static boolean decimalHolds(ArrowType.Decimal type, BigDecimal number) {
    return normal(number).scale() <= type.getScale()
        && number.setScale(type.getScale()).precision() <= type.getPrecision();
  }

  private static boolean floatHolds(FloatingPointPrecision precision, Object value) {
    if (value instanceof Double number) {
      return number.isNaN() || Double.compare(rounded(precision, number), number) == 0;
    }
    if (!(value instanceof BigDecimal number)) {
      return false;
    }
    double rounded = rounded(precision, number.doubleValue());
    return Double.isFinite(rounded) && new BigDecimal(rounded).compareTo(number) == 0;
  }

  private static double rounded(FloatingPointPrecision precision, double number) {
    return switch (precision) {
      case DOUBLE -> number;
      case SINGLE -> (float) number;
      case HALF -> half(number);
    };
  }

  /**
   * Returns {@code number} if it has at most 11 significant bits and an exponent that 16 bits hold,
   * else NaN.
   */
  private static double half(double number) {
    if (number == 0 || Double.isInfinite(number)) {
      return number;
    }
    double steps = Math.abs(number) / Math.max(Math.ulp(Math.abs(number)) * 0x1p42, 0x1p-24);
    return Math.abs(number) <= 65504 && steps == Math.rint(steps) ? number : Double.NaN;
  }

  private static boolean timeHolds(ArrowType type, BigDecimal nanos) {
    if (nanos.stripTrailingZeros().scale() > 0) {
      return false;
    }
    BigInteger[] parts = nanos.toBigIntegerExact().divideAndRemainder(unitNanos(type));
    int bits =
        type instanceof ArrowType.Time time
            ? time.getBitWidth()
            : type.equals(new ArrowType.Date(DateUnit.DAY)) ? 32 : 64;
    return parts[1].signum() == 0 && parts[0].bitLength() < bits;
  }
}
