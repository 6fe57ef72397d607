package dev.keymerge.internal.parquet;

import dev.keymerge.MergeException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.parquet.column.ColumnDescriptor;

/**
 * Lays values of one Arrow vector out as plain, uncompressed data pages of a flat column, whole
 * vectors at a time where both layouts agree.
 *
 * <p>The column is the one that {@link ArrowTypes#parquetType} makes for the vector's field, and
 * the vector's type is canonical. Owns neither vector nor scratch memory. Not thread-safe.
 */
final class PlainPages {
  private static final int PAGE_BYTES = 1 << 20;
  private static final int LONGEST_LEVEL_HEADER = 12;

  private final ColumnDescriptor leaf;
  private final FieldVector vector;
  private final ScratchArrays scratch;
  private byte[] array;
  private ByteBuffer page;

  /** Starts with {@code array} as the room for pages, which {@link #array} may return longer. */
  PlainPages(ColumnDescriptor leaf, FieldVector vector, ScratchArrays scratch, byte[] array) {
    this.leaf = leaf;
    this.vector = vector;
    this.scratch = scratch;
    this.array = array;
    this.page = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Returns the array that holds the last page at its start. */
  byte[] array() {
    return array;
  }

  /**
   * Returns where a page that starts at row {@code from} ends: a multiple of 8 rows later, or at
   * {@code to}.
   */
  int pageEnd(int from, int to) {
    int end = Math.min(to, from + ColumnChunkEncoder.PAGE_ROWS);
    if (!(vector instanceof BaseVariableWidthVector)) {
      return end;
    }
    ArrowBuf offsets = vector.getOffsetBuffer();
    int start = offset(offsets, from);
    while (end - from > Byte.SIZE && offset(offsets, end) - start > PAGE_BYTES) {
      end = from + Math.max(Byte.SIZE, (end - from) / 2 / Byte.SIZE * Byte.SIZE);
    }
    return end;
  }

  /** Lays out rows {@code from} to {@code to} and returns how many bytes that takes. */
  int encode(int from, int to) {
    int rows = to - from;
    makeRoom(LONGEST_LEVEL_HEADER + rows / Byte.SIZE + 1 + valueBytes(from, to));
    int nulls = nulls(from, to);
    if (leaf.getMaxDefinitionLevel() > 0) {
      levels(from, rows, nulls);
    } else if (nulls > 0) {
      throw new IllegalStateException(
          "Column '" + leaf.getPath()[0] + "' is required, but a value is null");
    }
    switch (leaf.getPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> booleans(from, to);
      case INT32 -> ints(from, to, nulls);
      case FLOAT -> fixed(from, to, nulls, Float.BYTES);
      case INT64 -> longs(from, to, nulls);
      case DOUBLE -> fixed(from, to, nulls, Double.BYTES);
      case FIXED_LEN_BYTE_ARRAY -> fixedBytes(from, to, nulls);
      case BINARY -> binaries(from, to);
      case INT96 -> throw new IllegalStateException("No new column has 12-byte instants");
    }
    return page.position();
  }

  private void makeRoom(long bytes) {
    if (bytes > Integer.MAX_VALUE - 64) {
      throw new MergeException.LimitExceeded(
          "Column '" + leaf.getPath()[0] + "' has values of " + bytes + " bytes in a few rows",
          "A page of a Parquet file holds less than two gigabytes; shorten the values.");
    }
    array = scratch.bytes(array, bytes);
    page = ByteBuffer.wrap(array).order(ByteOrder.LITTLE_ENDIAN);
  }

  private long valueBytes(int from, int to) {
    long rows = (long) to - from;
    if (vector instanceof BaseVariableWidthVector) {
      ArrowBuf offsets = vector.getOffsetBuffer();
      return rows * Integer.BYTES + offset(offsets, to) - offset(offsets, from);
    }
    if (vector instanceof BitVector) {
      return rows / Byte.SIZE + 1;
    }
    return rows
        * Math.max(Math.max(width(), Integer.BYTES), leaf.getPrimitiveType().getTypeLength());
  }

  private int nulls(int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    int valid = 0;
    int row = from;
    for (; row + Long.SIZE <= to; row += Long.SIZE) {
      valid += Long.bitCount(validity.getLong(row / Byte.SIZE));
    }
    for (; row < to; row++) {
      valid += BitVectorHelper.get(validity, row);
    }
    return to - from - valid;
  }

  /**
   * Writes levels of one bit: a single run if no value is null, else the validity bits as they are.
   */
  private void levels(int from, int rows, int nulls) {
    page.position(Integer.BYTES);
    if (nulls == 0) {
      putVarint(rows << 1);
      page.put((byte) 1);
    } else {
      int groups = (rows + Byte.SIZE - 1) / Byte.SIZE;
      putVarint((groups << 1) | 1);
      vector.getValidityBuffer().getBytes(from / Byte.SIZE, array, page.position(), groups);
      page.position(page.position() + groups);
    }
    page.putInt(0, page.position() - Integer.BYTES);
  }

  private void putVarint(int value) {
    int rest = value;
    while ((rest & ~0x7F) != 0) {
      page.put((byte) ((rest & 0x7F) | 0x80));
      rest >>>= 7;
    }
    page.put((byte) rest);
  }

  private void booleans(int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    int bits = 0;
    int used = 0;
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) != 0) {
        bits |= BitVectorHelper.get(data, row) << used++;
        if (used == Byte.SIZE) {
          page.put((byte) bits);
          bits = 0;
          used = 0;
        }
      }
    }
    if (used > 0) {
      page.put((byte) bits);
    }
  }

  private void ints(int from, int to, int nulls) {
    int width = width();
    if (width == Integer.BYTES) {
      fixed(from, to, nulls, width);
      return;
    }
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    boolean zeroExtended = vector instanceof UInt1Vector || vector instanceof UInt2Vector;
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        continue;
      }
      long index = (long) row * width;
      if (width > Integer.BYTES) {
        page.putInt(data.getInt(index));
      } else if (width == Short.BYTES) {
        short narrow = data.getShort(index);
        page.putInt(zeroExtended ? Short.toUnsignedInt(narrow) : narrow);
      } else {
        byte narrow = data.getByte(index);
        page.putInt(zeroExtended ? Byte.toUnsignedInt(narrow) : narrow);
      }
    }
  }

  private void longs(int from, int to, int nulls) {
    int width = width();
    if (width == Long.BYTES) {
      fixed(from, to, nulls, width);
      return;
    }
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) != 0) {
        page.putLong(data.getLong((long) row * width));
      }
    }
  }

  /** Copies values whose bytes are the same in both layouts. */
  private void fixed(int from, int to, int nulls, int width) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    if (nulls == 0) {
      int length = (to - from) * width;
      data.getBytes((long) from * width, array, page.position(), length);
      page.position(page.position() + length);
      return;
    }
    int position = page.position();
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) == 0) {
        continue;
      }
      long index = (long) row * width;
      if (width == Long.BYTES) {
        page.putLong(position, data.getLong(index));
      } else if (width == Integer.BYTES) {
        page.putInt(position, data.getInt(index));
      } else {
        data.getBytes(index, array, position, width);
      }
      position += width;
    }
    page.position(position);
  }

  private void fixedBytes(int from, int to, int nulls) {
    boolean decimal = vector instanceof DecimalVector || vector instanceof Decimal256Vector;
    if (!decimal) {
      fixed(from, to, nulls, width());
      return;
    }
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf data = vector.getDataBuffer();
    int width = width();
    byte[] number = new byte[leaf.getPrimitiveType().getTypeLength()];
    for (int row = from; row < to; row++) {
      if (BitVectorHelper.get(validity, row) != 0) {
        DecimalBytes.bigEndian(data, (long) row * width, width, number);
        page.put(number);
      }
    }
  }

  private void binaries(int from, int to) {
    ArrowBuf validity = vector.getValidityBuffer();
    ArrowBuf offsets = vector.getOffsetBuffer();
    ArrowBuf data = vector.getDataBuffer();
    int position = page.position();
    int start = offset(offsets, from);
    for (int row = from; row < to; row++) {
      int end = offset(offsets, row + 1);
      if (BitVectorHelper.get(validity, row) != 0) {
        int length = end - start;
        page.putInt(position, length);
        data.getBytes(start, array, position + Integer.BYTES, length);
        position += Integer.BYTES + length;
      }
      start = end;
    }
    page.position(position);
  }

  private int width() {
    if (vector instanceof BaseFixedWidthVector fixed) {
      return fixed.getTypeWidth();
    }
    throw new IllegalStateException(
        "Column '" + leaf.getPath()[0] + "' does not take values of " + vector.getField());
  }

  private static int offset(ArrowBuf offsets, int index) {
    return offsets.getInt((long) index * Integer.BYTES);
  }
}
