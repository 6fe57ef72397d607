package dev.keymerge.internal.key;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Draws values of every key type, writes them into vectors, and gives each a plain Java twin with
 * the equality and order that the engine promises; the reference of key tests.
 *
 * <p>A drawn value is a Boolean, a Long, a Short (the bits of a half float), a Float, a Double, a
 * BigInteger (unscaled decimal), or bytes.
 */
public final class Sample {
  private Sample() {}

  /** Returns a field of every type that can be a key. */
  public static List<Field> fields() {
    List<ArrowType> types = new ArrayList<>();
    types.add(new ArrowType.Bool());
    for (int width : new int[] {8, 16, 32, 64}) {
      types.add(new ArrowType.Int(width, true));
      types.add(new ArrowType.Int(width, false));
    }
    for (FloatingPointPrecision precision : FloatingPointPrecision.values()) {
      types.add(new ArrowType.FloatingPoint(precision));
    }
    types.add(new ArrowType.Decimal(7, 2, 128));
    types.add(new ArrowType.Decimal(18, 0, 128));
    types.add(new ArrowType.Decimal(38, 9, 128));
    types.add(new ArrowType.Decimal(60, 3, 256));
    types.add(new ArrowType.Date(DateUnit.DAY));
    types.add(new ArrowType.Time(TimeUnit.MILLISECOND, 32));
    types.add(new ArrowType.Time(TimeUnit.MICROSECOND, 64));
    types.add(new ArrowType.Time(TimeUnit.NANOSECOND, 64));
    for (TimeUnit unit : TimeUnit.values()) {
      types.add(new ArrowType.Timestamp(unit, null));
      types.add(new ArrowType.Timestamp(unit, "UTC"));
    }
    types.add(new ArrowType.Utf8());
    types.add(new ArrowType.Binary());
    for (int width : new int[] {1, 3, 8, 9, 16, 20}) {
      types.add(new ArrowType.FixedSizeBinary(width));
    }
    List<Field> fields = new ArrayList<>();
    for (ArrowType type : types) {
      fields.add(Field.nullable("c" + fields.size(), type));
    }
    return fields;
  }

  /** Draws {@code count} values, with extremes among them; small domains repeat. */
  public static List<Object> draw(Field field, int count, Random random) {
    List<Object> values = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      values.add(value(field.getType(), random));
    }
    return values;
  }

  private static Object value(ArrowType type, Random random) {
    boolean extreme = random.nextInt(8) == 0;
    if (type instanceof ArrowType.Bool) {
      return random.nextBoolean();
    }
    if (type instanceof ArrowType.FloatingPoint floating) {
      return floating(floating.getPrecision(), extreme, random);
    }
    if (type instanceof ArrowType.Decimal decimal) {
      BigInteger most = BigInteger.TEN.pow(decimal.getPrecision()).subtract(BigInteger.ONE);
      BigInteger drawn =
          extreme
              ? List.of(most, most.negate(), BigInteger.ZERO).get(random.nextInt(3))
              : new BigInteger(most.bitLength() - 1, random);
      return random.nextBoolean() ? drawn : drawn.negate();
    }
    if (type instanceof ArrowType.FixedSizeBinary binary) {
      return bytes(binary.getByteWidth(), random);
    }
    if (type instanceof ArrowType.Binary) {
      return bytes(random.nextInt(extreme ? 100 : 20), random);
    }
    if (type instanceof ArrowType.Utf8) {
      String text = extreme ? "é\uD83D\uDE00" : "";
      return (text + Integer.toString(random.nextInt(1000), 7) + "x".repeat(random.nextInt(20)))
          .substring(extreme && random.nextBoolean() ? 3 : 0)
          .getBytes(StandardCharsets.UTF_8);
    }
    if (type instanceof ArrowType.Time) {
      return (long) random.nextInt(86_400);
    }
    return integer(type, extreme, random);
  }

  private static Object integer(ArrowType type, boolean extreme, Random random) {
    int width = CanonicalType.of(Field.nullable("x", type)).width() * Byte.SIZE;
    long drawn =
        extreme
            ? List.of(Long.MIN_VALUE, Long.MAX_VALUE, -1L, 0L).get(random.nextInt(4))
            : random.nextInt(1000) - 500;
    boolean signed = !(type instanceof ArrowType.Int integer) || integer.getIsSigned();
    int unused = Long.SIZE - width;
    return signed ? drawn << unused >> unused : drawn << unused >>> unused;
  }

  private static Object floating(FloatingPointPrecision precision, boolean extreme, Random random) {
    long bits = random.nextLong();
    return switch (precision) {
      case HALF ->
          extreme
              ? List.of((short) 0x7e01, (short) 0xfe00, (short) 0x8000, (short) 0, (short) 0x7c00)
                  .get(random.nextInt(5))
              : (short) bits;
      case SINGLE ->
          extreme
              ? List.of(
                      Float.NaN,
                      Float.intBitsToFloat(0xffc12345),
                      -0.0f,
                      0.0f,
                      Float.NEGATIVE_INFINITY)
                  .get(random.nextInt(5))
              : (float) random.nextInt(100) / 8 - 5;
      case DOUBLE ->
          extreme
              ? List.of(
                      Double.NaN,
                      Double.longBitsToDouble(0xfff8000000012345L),
                      -0.0,
                      0.0,
                      Double.POSITIVE_INFINITY)
                  .get(random.nextInt(5))
              : random.nextInt(100) / 8.0 - 5;
    };
  }

  private static byte[] bytes(int length, Random random) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    if (random.nextBoolean()) {
      Arrays.fill(bytes, 0, length - length / 3, (byte) 0x7f);
    }
    return bytes;
  }

  /** Writes values, null for null, into a new vector that the caller closes. */
  public static FieldVector vector(
      Field field, List<? extends @Nullable Object> values, BufferAllocator allocator) {
    FieldVector vector = field.createVector(allocator);
    try {
      if (vector instanceof BaseVariableWidthVector variable) {
        fill(variable, values);
      } else {
        fill((BaseFixedWidthVector) vector, field.getType(), values);
      }
      vector.setValueCount(values.size());
      return vector;
    } catch (RuntimeException failure) {
      vector.close();
      throw failure;
    }
  }

  private static void fill(
      BaseVariableWidthVector vector, List<? extends @Nullable Object> values) {
    vector.allocateNew(values.size());
    for (int row = 0; row < values.size(); row++) {
      if (values.get(row) instanceof byte[] bytes) {
        vector.setSafe(row, bytes);
      } else {
        vector.setNull(row);
      }
    }
  }

  private static void fill(
      BaseFixedWidthVector vector, ArrowType type, List<? extends @Nullable Object> values) {
    vector.allocateNew(Math.max(1, values.size()));
    for (int row = 0; row < values.size(); row++) {
      Object value = values.get(row);
      if (value != null) {
        BitVectorHelper.setBit(vector.getValidityBuffer(), row);
        write(vector.getDataBuffer(), row, type, value);
      }
    }
  }

  private static void write(ArrowBuf data, int row, ArrowType type, Object value) {
    if (value instanceof Boolean bit) {
      BitVectorHelper.setValidityBit(data, row, bit ? 1 : 0);
      return;
    }
    CanonicalType canonical = CanonicalType.of(Field.nullable("x", type));
    byte[] bytes;
    if (value instanceof byte[] fixed) {
      bytes = fixed;
    } else if (value instanceof BigInteger unscaled) {
      bytes = littleEndian(unscaled, canonical.width());
    } else if (value instanceof Float single) {
      bytes = littleEndian(BigInteger.valueOf(Float.floatToRawIntBits(single)), Float.BYTES);
    } else if (value instanceof Double twice) {
      bytes = littleEndian(BigInteger.valueOf(Double.doubleToRawLongBits(twice)), Double.BYTES);
    } else {
      bytes = littleEndian(BigInteger.valueOf(((Number) value).longValue()), canonical.width());
    }
    data.setBytes((long) row * bytes.length, bytes);
  }

  private static byte[] littleEndian(BigInteger value, int width) {
    byte[] bytes = new byte[width];
    for (int index = 0; index < width; index++) {
      bytes[index] = value.shiftRight(index * Byte.SIZE).byteValue();
    }
    return bytes;
  }

  /**
   * Returns a value that equals, and compares with, others of its column as the engine promises for
   * the drawn one.
   */
  public static Comparable<?> twin(Field field, Object value) {
    if (value instanceof byte[] bytes) {
      // Hexadecimal digits order texts as the bytes order themselves.
      return HexFormat.of().formatHex(bytes);
    }
    if (value instanceof Float single) {
      return (double) single + 0.0;
    }
    if (value instanceof Double twice) {
      return twice + 0.0;
    }
    if (value instanceof Short half) {
      return halfToDouble(half) + 0.0;
    }
    if (value instanceof Long number
        && field.getType() instanceof ArrowType.Int integer
        && !integer.getIsSigned()) {
      return new BigDecimal(Long.toUnsignedString(number));
    }
    return (Comparable<?>) value;
  }

  private static double halfToDouble(short bits) {
    int exponent = bits >> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    double magnitude;
    if (exponent == 0x1f) {
      magnitude = fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    } else if (exponent == 0) {
      magnitude = Math.scalb((double) fraction, -24);
    } else {
      magnitude = Math.scalb((double) (fraction + 1024), exponent - 25);
    }
    return bits < 0 ? -magnitude : magnitude;
  }
}
