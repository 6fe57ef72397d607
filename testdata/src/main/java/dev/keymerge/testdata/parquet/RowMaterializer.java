package dev.keymerge.testdata.parquet;

import dev.keymerge.testdata.row.Bytes;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;

/** Turns the values that parquet-java assembles into rows. One thread at a time. */
final class RowMaterializer extends RecordMaterializer<@Nullable Object[]> {

  private static final long JULIAN_DAY_OF_EPOCH = 2_440_588L;
  private static final long NANOS_PER_DAY = 86_400L * 1_000_000_000L;

  private final RowConverter root;

  RowMaterializer(MessageType parquet) {
    this.root = new RowConverter(parquet, ParquetSchemas.fromParquet(parquet));
  }

  @Override
  public @Nullable Object[] getCurrentRecord() {
    return root.row;
  }

  @Override
  public GroupConverter getRootConverter() {
    return root;
  }

  /** Collects the values of one row in a fresh array. */
  private static final class RowConverter extends GroupConverter {
    private final ValueConverter[] columns;
    private @Nullable Object[] row = new @Nullable Object[0];

    RowConverter(MessageType parquet, TableSchema schema) {
      this.columns = new ValueConverter[schema.size()];
      for (int position = 0; position < columns.length; position++) {
        PrimitiveTypeName physical =
            parquet.getType(position).asPrimitiveType().getPrimitiveTypeName();
        columns[position] =
            new ValueConverter(this, position, schema.column(position).type(), physical);
      }
    }

    @Override
    public Converter getConverter(int fieldIndex) {
      return columns[fieldIndex];
    }

    @Override
    public void start() {
      row = new @Nullable Object[columns.length];
    }

    @Override
    public void end() {
      // The row is complete as it stands.
    }
  }

  /** Puts the values of one column into the current row, in the Java class of their type. */
  private static final class ValueConverter extends PrimitiveConverter {
    private final RowConverter owner;
    private final int position;
    private final LogicalType type;
    private final PrimitiveTypeName physical;

    ValueConverter(RowConverter owner, int position, LogicalType type, PrimitiveTypeName physical) {
      this.owner = owner;
      this.position = position;
      this.type = type;
      this.physical = physical;
    }

    private void put(Object value) {
      owner.row[position] = value;
    }

    @Override
    public void addBoolean(boolean value) {
      put(value);
    }

    @Override
    public void addInt(int value) {
      switch (type.kind()) {
        case UINT8, UINT16, UINT32 -> put(Integer.toUnsignedLong(value));
        case DECIMAL -> put(BigDecimal.valueOf(value, type.scale()));
        default -> put((long) value);
      }
    }

    @Override
    public void addLong(long value) {
      switch (type.kind()) {
        case UINT64 -> put(new BigInteger(Long.toUnsignedString(value)));
        case DECIMAL -> put(BigDecimal.valueOf(value, type.scale()));
        default -> put(value);
      }
    }

    @Override
    public void addFloat(float value) {
      put(value);
    }

    @Override
    public void addDouble(double value) {
      put(value);
    }

    @Override
    public void addBinary(Binary value) {
      if (physical == PrimitiveTypeName.INT96) {
        put(nanos(value.toByteBuffer()));
        return;
      }
      switch (type.kind()) {
        case DECIMAL -> put(new BigDecimal(new BigInteger(value.getBytes()), type.scale()));
        case STRING -> put(value.toStringUsingUTF8());
        default -> put(Bytes.of(value.getBytes()));
      }
    }

    private static long nanos(ByteBuffer int96) {
      ByteBuffer bytes = int96.slice().order(ByteOrder.LITTLE_ENDIAN);
      long nanosOfDay = bytes.getLong();
      long day = bytes.getInt() - JULIAN_DAY_OF_EPOCH;
      // Negative days count from their end: the beginning of the first one is itself too far away.
      long whole = day < 0 ? day + 1 : day;
      long rest = day < 0 ? nanosOfDay - NANOS_PER_DAY : nanosOfDay;
      return Math.addExact(Math.multiplyExact(whole, NANOS_PER_DAY), rest);
    }
  }
}
