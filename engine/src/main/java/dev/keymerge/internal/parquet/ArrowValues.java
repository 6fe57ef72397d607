package dev.keymerge.internal.parquet;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/**
 * Writes values of Arrow vectors to a flat column, in the physical form that the column has. Not
 * thread-safe.
 *
 * <p>The vector's type is the canonical one of the column. One loop per pair of layouts: nothing is
 * chosen per value.
 */
final class ArrowValues {
  /**
   * How many bytes of variable-length values are taken out of a vector at once, if not a single
   * value is longer.
   */
  private static final int COPY_BYTES = 256 << 10;

  private final ColumnDescriptor leaf;
  private final ColumnWriter writer;
  private final RowCounter rows;
  private final @Nullable BlockSplitBloomFilter filter;
  private final ScratchArrays scratch;
  private final ValueCopies copies;
  private final int top;
  private byte[] copied = new byte[0];

  /** Creates the writer; {@code filter} gets the hash of every value, null if none does. */
  ArrowValues(
      ColumnDescriptor leaf,
      ValueSink sink,
      @Nullable BlockSplitBloomFilter filter,
      ScratchArrays scratch) {
    this.leaf = leaf;
    this.writer = sink.writer();
    this.rows = sink.rows();
    this.copies = sink.copies();
    this.filter = filter;
    this.scratch = scratch;
    this.top = leaf.getMaxDefinitionLevel();
  }

  /** Writes {@code count} values of {@code vector} from {@code from} on. */
  void append(FieldVector vector, int from, int count) {
    if (leaf.getPath().length > 1 || leaf.getMaxRepetitionLevel() > 0) {
      throw new IllegalStateException("Column '" + name() + "' is nested");
    }
    int to = from + count;
    switch (leaf.getPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> booleans(vector, from, to);
      case INT32 -> ints(vector, from, to);
      case FLOAT -> floats(vector, from, to);
      case INT64 -> longs(vector, from, to);
      case DOUBLE -> doubles(vector, from, to);
      case INT96 -> instants(vector, from, to);
      case BINARY -> binaries(vector, from, to);
      case FIXED_LEN_BYTE_ARRAY -> fixed(vector, from, to);
    }
  }

  private void booleans(FieldVector vector, int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
      } else {
        rows.entry(0);
        writer.write(BitVectorHelper.get(data, row) != 0, 0, top);
      }
    }
  }

  private void ints(FieldVector vector, int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    int width = width(vector);
    boolean zeroExtended = vector instanceof UInt1Vector || vector instanceof UInt2Vector;
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
        continue;
      }
      long index = (long) row * width;
      int value;
      if (width >= Integer.BYTES) {
        // Decimals come in 16 or 32 bytes, the lowest first; what fits the column is in the lowest.
        value = data.getInt(index);
      } else if (width == Short.BYTES) {
        short narrow = data.getShort(index);
        value = zeroExtended ? Short.toUnsignedInt(narrow) : narrow;
      } else {
        byte narrow = data.getByte(index);
        value = zeroExtended ? Byte.toUnsignedInt(narrow) : narrow;
      }
      if (filter != null) {
        filter.insertHash(filter.hash(value));
      }
      rows.entry(0);
      writer.write(value, 0, top);
    }
  }

  private void longs(FieldVector vector, int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    int width = width(vector);
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
        continue;
      }
      long value = data.getLong((long) row * width);
      if (filter != null) {
        filter.insertHash(filter.hash(value));
      }
      rows.entry(0);
      writer.write(value, 0, top);
    }
  }

  private void floats(FieldVector vector, int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
        continue;
      }
      float value = data.getFloat((long) row * Float.BYTES);
      if (filter != null) {
        filter.insertHash(filter.hash(value));
      }
      rows.entry(0);
      writer.write(value, 0, top);
    }
  }

  private void doubles(FieldVector vector, int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
        continue;
      }
      double value = data.getDouble((long) row * Double.BYTES);
      if (filter != null) {
        filter.insertHash(filter.hash(value));
      }
      rows.entry(0);
      writer.write(value, 0, top);
    }
  }

  private void instants(FieldVector vector, int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    byte[] bytes = new byte[Int96Instants.BYTES];
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
      } else {
        Int96Instants.encode(data.getLong((long) row * Long.BYTES), bytes);
        write(Binary.fromReusedByteArray(bytes));
      }
    }
  }

  private void fixed(FieldVector vector, int from, int to) {
    int length = leaf.getPrimitiveType().getTypeLength();
    if (isDecimal(vector)) {
      decimals(vector, from, to, length);
      return;
    }
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    if (width(vector) != length) {
      throw mismatch(vector);
    }
    copied = scratch.bytes(copied, length);
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
      } else {
        data.getBytes((long) row * length, copied, 0, length);
        write(Binary.fromReusedByteArray(copied, 0, length));
      }
    }
  }

  private void decimals(FieldVector vector, int from, int to, int length) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    int width = width(vector);
    byte[] bytes = new byte[length];
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
      } else {
        DecimalBytes.bigEndian(data, (long) row * width, width, bytes);
        write(Binary.fromReusedByteArray(bytes));
      }
    }
  }

  private void binaries(FieldVector vector, int from, int to) {
    if (isDecimal(vector)) {
      shortDecimals(vector, from, to);
      return;
    }
    if (!(vector instanceof BaseVariableWidthVector)) {
      throw mismatch(vector);
    }
    ArrowBuf offsets = vector.getOffsetBuffer();
    int row = from;
    while (row < to) {
      int first = offset(offsets, row);
      int end = row + 1;
      while (end < to && offset(offsets, end + 1) - first <= COPY_BYTES) {
        end++;
      }
      int length = offset(offsets, end) - first;
      if (end == row + 1) {
        copies.expect(length);
      }
      copied = scratch.bytes(copied, length);
      vector.getDataBuffer().getBytes(first, copied, 0, length);
      copiedBinaries(vector, row, end);
      row = end;
    }
  }

  private void copiedBinaries(FieldVector vector, int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf offsets = vector.getOffsetBuffer();
    int base = offset(offsets, from);
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
      } else {
        int start = offset(offsets, row);
        int end = offset(offsets, row + 1);
        write(Binary.fromReusedByteArray(copied, start - base, end - start));
      }
    }
  }

  private void shortDecimals(FieldVector vector, int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    int width = width(vector);
    byte[] bytes = new byte[width];
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        writeNull(row);
      } else {
        DecimalBytes.bigEndian(data, (long) row * width, width, bytes);
        int start = DecimalBytes.redundantBytes(bytes);
        write(Binary.fromReusedByteArray(bytes, start, width - start));
      }
    }
  }

  private void write(Binary value) {
    if (filter != null) {
      filter.insertHash(filter.hash(value));
    }
    rows.entry(0);
    writer.write(value, 0, top);
  }

  private void writeNull(int row) {
    if (top == 0) {
      throw new IllegalStateException(
          "Column '" + name() + "' is required, but the value at " + row + " is null");
    }
    rows.entry(0);
    writer.writeNull(0, 0);
  }

  private int width(FieldVector vector) {
    if (vector instanceof BaseFixedWidthVector fixed) {
      return fixed.getTypeWidth();
    }
    throw mismatch(vector);
  }

  private static boolean isDecimal(FieldVector vector) {
    return vector instanceof DecimalVector || vector instanceof Decimal256Vector;
  }

  private static int offset(ArrowBuf offsets, int index) {
    return offsets.getInt((long) index * Integer.BYTES);
  }

  private IllegalStateException mismatch(FieldVector vector) {
    return new IllegalStateException(
        "Column '" + name() + "' does not take values of " + vector.getField());
  }

  private String name() {
    return String.join(".", leaf.getPath());
  }
}
