package dev.keymerge.internal.parquet;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/**
 * Says what an Arrow vector must hold for a physical value, by other arithmetic than the reader's.
 *
 * <p>Values are compared as decimals, or as the bytes of the slot in hexadecimal.
 */
final class ExpectedValues {
  private static final BigInteger NANOS_PER_DAY = BigInteger.valueOf(86_400_000_000_000L);

  private ExpectedValues() {}

  /** Returns the form in which a vector's slot must hold the value of an entry; null for null. */
  static @Nullable Object of(LeafEntry entry, ColumnDescriptor leaf, ArrowType type) {
    Object value = entry.value();
    if (value == null) {
      return null;
    }
    if (type instanceof ArrowType.Decimal decimal) {
      BigInteger unscaled =
          value instanceof String hex
              ? new BigInteger(HexFormat.of().parseHex(hex))
              : new BigInteger(value.toString());
      return new BigDecimal(unscaled, decimal.getScale());
    }
    PrimitiveTypeName physical = leaf.getPrimitiveType().getPrimitiveTypeName();
    if (physical == PrimitiveTypeName.INT96) {
      ByteBuffer bytes =
          ByteBuffer.wrap(HexFormat.of().parseHex((String) value)).order(ByteOrder.LITTLE_ENDIAN);
      long nanos = bytes.getLong();
      BigInteger days = BigInteger.valueOf(bytes.getInt() - 2_440_588L);
      long instant = days.multiply(NANOS_PER_DAY).add(BigInteger.valueOf(nanos)).longValueExact();
      return littleEndian(instant, Long.BYTES);
    }
    if (physical == PrimitiveTypeName.BOOLEAN || value instanceof String) {
      return value;
    }
    long number = ((Number) value).longValue();
    int width =
        type instanceof ArrowType.Int integer
            ? integer.getBitWidth() / Byte.SIZE
            : value instanceof Long ? Long.BYTES : Integer.BYTES;
    return littleEndian(number, width);
  }

  private static String littleEndian(long number, int width) {
    byte[] bytes = new byte[width];
    for (int index = 0; index < width; index++) {
      bytes[index] = (byte) (number >> (8 * index));
    }
    return HexFormat.of().formatHex(bytes);
  }

  /** Returns the same form of what a vector holds. */
  static @Nullable Object in(FieldVector vector, int index) {
    if (vector.isNull(index)) {
      return null;
    }
    if (vector instanceof DecimalVector decimals) {
      return decimals.getObject(index);
    }
    if (vector instanceof Decimal256Vector decimals) {
      return decimals.getObject(index);
    }
    if (vector instanceof BitVector bits) {
      return bits.get(index);
    }
    if (vector instanceof BaseVariableWidthVector strings) {
      byte[] bytes = new byte[strings.getValueLength(index)];
      strings.getDataBuffer().getBytes(strings.getStartOffset(index), bytes);
      return HexFormat.of().formatHex(bytes);
    }
    int width = ((BaseFixedWidthVector) vector).getTypeWidth();
    byte[] bytes = new byte[width];
    vector.getDataBuffer().getBytes((long) index * width, bytes);
    return HexFormat.of().formatHex(Arrays.copyOf(bytes, width));
  }
}
