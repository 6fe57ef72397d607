package dev.keymerge.testdata.parquet;

import dev.keymerge.testdata.row.Bytes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/** Feeds rows to parquet-java, value by value, in the physical types of a Parquet schema. */
final class RowWriteSupport extends WriteSupport<@Nullable Object[]> {

  private static final long JULIAN_DAY_OF_EPOCH = 2_440_588L;
  private static final long NANOS_PER_DAY = 86_400L * 1_000_000_000L;

  private final TableSchema schema;
  private final MessageType parquet;
  private final Map<String, String> metadata;
  private @Nullable RecordConsumer consumer;

  RowWriteSupport(TableSchema schema, MessageType parquet, Map<String, String> metadata) {
    this.schema = schema;
    this.parquet = parquet;
    this.metadata = metadata;
  }

  @Override
  @SuppressWarnings("deprecation") // abstract in the base class, deprecated or not
  public WriteContext init(Configuration configuration) {
    return new WriteContext(parquet, metadata);
  }

  @Override
  public WriteContext init(ParquetConfiguration configuration) {
    return new WriteContext(parquet, metadata);
  }

  @Override
  public void prepareForWrite(RecordConsumer recordConsumer) {
    this.consumer = recordConsumer;
  }

  @Override
  public void write(@Nullable Object[] row) {
    RecordConsumer sink = consumer;
    if (sink == null) {
      throw new IllegalStateException("written to before the writer was prepared");
    }
    if (row.length != schema.size()) {
      throw new IllegalArgumentException(
          "row of " + row.length + " values for " + schema.size() + " columns");
    }
    sink.startMessage();
    for (int position = 0; position < row.length; position++) {
      Object value = row[position];
      Column column = schema.column(position);
      if (value != null) {
        sink.startField(column.name(), position);
        add(sink, value, column.type(), parquet.getType(position).asPrimitiveType());
        sink.endField(column.name(), position);
      } else if (column.isRequired()) {
        throw new IllegalArgumentException("null in required column " + column.name());
      }
    }
    sink.endMessage();
  }

  private static void add(
      RecordConsumer sink, Object value, LogicalType type, PrimitiveType physical) {
    switch (type.kind()) {
      case BOOLEAN -> sink.addBoolean((Boolean) value);
      case INT8, INT16, INT32, UINT8, UINT16, UINT32, DATE ->
          sink.addInteger(((Long) value).intValue());
      case INT64 -> sink.addLong((Long) value);
      case UINT64 -> sink.addLong(((BigInteger) value).longValue());
      case FLOAT -> sink.addFloat((Float) value);
      case DOUBLE -> sink.addDouble((Double) value);
      case DECIMAL -> addDecimal(sink, (BigDecimal) value, type, physical);
      case TIME -> addTicks(sink, (Long) value, physical);
      case TIMESTAMP, TIMESTAMP_ZONED -> {
        if (physical.getPrimitiveTypeName() == PrimitiveTypeName.INT96) {
          sink.addBinary(int96((Long) value, type.unit()));
        } else {
          sink.addLong((Long) value);
        }
      }
      case STRING -> sink.addBinary(Binary.fromString((String) value));
      case BINARY -> sink.addBinary(binary((Bytes) value));
      case FIXED_BINARY -> {
        if (((Bytes) value).length() != type.byteWidth()) {
          throw new IllegalArgumentException(value + " is not of type " + type);
        }
        sink.addBinary(binary((Bytes) value));
      }
    }
  }

  private static void addTicks(RecordConsumer sink, long ticks, PrimitiveType physical) {
    if (physical.getPrimitiveTypeName() == PrimitiveTypeName.INT32) {
      sink.addInteger(Math.toIntExact(ticks));
    } else {
      sink.addLong(ticks);
    }
  }

  private static Binary binary(Bytes value) {
    return Binary.fromConstantByteArray(value.toArray());
  }

  private static void addDecimal(
      RecordConsumer sink, BigDecimal value, LogicalType type, PrimitiveType physical) {
    if (value.scale() != type.scale() || value.precision() > type.precision()) {
      throw new IllegalArgumentException(value + " is not of type " + type);
    }
    switch (physical.getPrimitiveTypeName()) {
      case INT32 -> sink.addInteger(value.unscaledValue().intValueExact());
      case INT64 -> sink.addLong(value.unscaledValue().longValueExact());
      case FIXED_LEN_BYTE_ARRAY ->
          sink.addBinary(
              Binary.fromConstantByteArray(
                  signExtended(value.unscaledValue(), physical.getTypeLength())));
      case BINARY ->
          sink.addBinary(Binary.fromConstantByteArray(value.unscaledValue().toByteArray()));
      case BOOLEAN, FLOAT, DOUBLE, INT96 ->
          throw new IllegalStateException("not a physical type of decimals: " + physical);
    }
  }

  private static byte[] signExtended(BigInteger number, int width) {
    byte[] shortest = number.toByteArray();
    byte[] wide = new byte[width];
    Arrays.fill(wide, 0, width - shortest.length, (byte) (number.signum() < 0 ? -1 : 0));
    System.arraycopy(shortest, 0, wide, width - shortest.length, shortest.length);
    return wide;
  }

  private static Binary int96(long ticks, TickUnit unit) {
    long ticksPerDay = 86_400L * unit.ticksPerSecond();
    long day = Math.floorDiv(ticks, ticksPerDay);
    long nanosOfDay = Math.floorMod(ticks, ticksPerDay) * (NANOS_PER_DAY / ticksPerDay);
    ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(nanosOfDay).putInt(Math.toIntExact(day + JULIAN_DAY_OF_EPOCH));
    return Binary.fromConstantByteArray(bytes.array());
  }
}
