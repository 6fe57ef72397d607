package dev.keymerge.internal.rewrite.values;

import dev.keymerge.MergeException;
import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Writes values of vectors to buckets, and reads a bucket back as a vector in the order of places.
 *
 * <p>One subclass per layout; nothing is chosen per value. Immutable.
 */
abstract sealed class ValueLayout {
  private static final int LONG_DECIMAL_BYTES = 16;

  /** Decimals of so many digits fit into eight bytes. */
  private static final int LONG_DIGITS = 18;

  /** Returns the layout of {@code vector}, which has the type of {@code field}. */
  static ValueLayout of(Field field, FieldVector vector) {
    if (vector instanceof BitVector) {
      return new Bits();
    }
    if (vector instanceof BaseVariableWidthVector) {
      return new Variable();
    }
    if (vector instanceof BaseFixedWidthVector fixed) {
      boolean shortDecimal =
          field.getType() instanceof ArrowType.Decimal decimal
              && fixed.getTypeWidth() == LONG_DECIMAL_BYTES
              && decimal.getPrecision() <= LONG_DIGITS;
      return shortDecimal
          ? new Fixed(Long.BYTES, LONG_DECIMAL_BYTES, field.isNullable())
          : new Fixed(fixed.getTypeWidth(), fixed.getTypeWidth(), field.isNullable());
    }
    throw new IllegalArgumentException("No layout for values of " + field);
  }

  /** Appends the first {@code count} values to the buckets of their matches. */
  abstract void write(
      FieldVector vector, int count, long[] matches, MatchNumbers numbers, Buckets buckets);

  /**
   * Makes {@code target} hold the values of a bucket that have one of the places from {@code from}
   * up to {@code to}, each at its place less {@code from}; null where there is none.
   *
   * @param stream the bucket's values
   * @param places place of each of them
   */
  abstract void read(SpillStream stream, char[] places, int from, int to, FieldVector target);

  /** Returns how many bytes the value that stands at address {@code at} takes. */
  abstract int valueBytes(long at);

  /** Lays out truth values as a byte each: 0, 1, or 2 for null. */
  private static final class Bits extends ValueLayout {
    private static final byte NULL = 2;

    @Override
    int valueBytes(long at) {
      return 1;
    }

    @Override
    void write(
        FieldVector vector, int count, long[] matches, MatchNumbers numbers, Buckets buckets) {
      ArrowBuf validity = vector.getValidityBuffer();
      ArrowBuf data = vector.getDataBuffer();
      for (int i = 0; i < count; i++) {
        int bit = BitVectorHelper.get(validity, i) == 0 ? NULL : BitVectorHelper.get(data, i);
        MemoryUtil.putByte(buckets.append(numbers.bucket(matches[i]), 1), (byte) bit);
      }
    }

    @Override
    void read(SpillStream stream, char[] places, int from, int to, FieldVector target) {
      BitVector bits = (BitVector) target;
      bits.allocateNew(to - from);
      int next = 0;
      try (SpillReader reader = stream.open()) {
        while (reader.next()) {
          long end = reader.address() + reader.bytes();
          for (long at = reader.address(); at < end; at++) {
            int place = places[next++] - from;
            byte bit = MemoryUtil.getByte(at);
            if (place >= 0 && place < to - from && bit != NULL) {
              bits.set(place, bit);
            }
          }
        }
      }
      bits.setValueCount(to - from);
    }
  }

  /** Lays out values of one width, after a byte that is 0 for null where there may be nulls. */
  private static final class Fixed extends ValueLayout {
    private final int kept;
    private final int width;
    private final int flag;

    /**
     * Creates the layout.
     *
     * @param kept how many low bytes of a value are written; the others repeat its sign
     * @param width how many bytes a value has
     * @param nullable whether there may be nulls
     */
    Fixed(int kept, int width, boolean nullable) {
      this.kept = kept;
      this.width = width;
      this.flag = nullable ? 1 : 0;
    }

    @Override
    int valueBytes(long at) {
      return flag + kept;
    }

    @Override
    void write(
        FieldVector vector, int count, long[] matches, MatchNumbers numbers, Buckets buckets) {
      ArrowBuf validity = vector.getValidityBuffer();
      long data = vector.getDataBuffer().memoryAddress();
      for (int i = 0; i < count; i++) {
        long at = buckets.append(numbers.bucket(matches[i]), flag + kept);
        if (flag != 0) {
          MemoryUtil.putByte(at, (byte) BitVectorHelper.get(validity, i));
        }
        copy(data + (long) i * width, at + flag, kept);
      }
    }

    @Override
    void read(SpillStream stream, char[] places, int from, int to, FieldVector target) {
      BaseFixedWidthVector vector = (BaseFixedWidthVector) target;
      vector.allocateNew(to - from);
      ArrowBuf validity = vector.getValidityBuffer();
      long data = vector.getDataBuffer().memoryAddress();
      int next = 0;
      try (SpillReader reader = stream.open()) {
        while (reader.next()) {
          long end = reader.address() + reader.bytes();
          for (long at = reader.address(); at < end; at += flag + kept) {
            int place = places[next++] - from;
            if (place >= 0 && place < to - from && (flag == 0 || MemoryUtil.getByte(at) != 0)) {
              BitVectorHelper.setBit(validity, place);
              long slot = data + (long) place * width;
              copy(at + flag, slot, kept);
              if (kept < width) {
                MemoryUtil.putLong(slot + kept, MemoryUtil.getLong(slot) >> (Long.SIZE - 1));
              }
            }
          }
        }
      }
      vector.setValueCount(to - from);
    }

    private static void copy(long from, long to, int bytes) {
      switch (bytes) {
        case Integer.BYTES -> MemoryUtil.putInt(to, MemoryUtil.getInt(from));
        case Long.BYTES -> MemoryUtil.putLong(to, MemoryUtil.getLong(from));
        default -> MemoryUtil.copyMemory(from, to, bytes);
      }
    }
  }

  /**
   * Lays out values of any length: a byte for short lengths and for null, or a mark and four bytes,
   * then the value.
   */
  private static final class Variable extends ValueLayout {
    private static final int NULL = 254;
    private static final int LONG = 255;

    @Override
    int valueBytes(long at) {
      int mark = MemoryUtil.getByte(at) & 0xFF;
      return Math.addExact(header(mark), length(at, mark));
    }

    @Override
    void write(
        FieldVector vector, int count, long[] matches, MatchNumbers numbers, Buckets buckets) {
      ArrowBuf validity = vector.getValidityBuffer();
      ArrowBuf offsets = vector.getOffsetBuffer();
      long data = vector.getDataBuffer().memoryAddress();
      int start = count == 0 ? 0 : offsets.getInt(0);
      for (int i = 0; i < count; i++) {
        int end = offsets.getInt((i + 1L) * Integer.BYTES);
        int length = end - start;
        int bucket = numbers.bucket(matches[i]);
        if (BitVectorHelper.get(validity, i) == 0) {
          MemoryUtil.putByte(buckets.append(bucket, 1), (byte) NULL);
        } else if (length < NULL) {
          long at = buckets.append(bucket, 1 + length);
          MemoryUtil.putByte(at, (byte) length);
          MemoryUtil.copyMemory(data + start, at + 1, length);
        } else {
          long at = buckets.append(bucket, Math.addExact(1 + Integer.BYTES, length));
          MemoryUtil.putByte(at, (byte) LONG);
          MemoryUtil.putInt(at + 1, length);
          MemoryUtil.copyMemory(data + start, at + 1 + Integer.BYTES, length);
        }
        start = end;
      }
    }

    @Override
    void read(SpillStream stream, char[] places, int from, int to, FieldVector target) {
      BaseVariableWidthVector vector = (BaseVariableWidthVector) target;
      int rows = to - from;
      vector.allocateNew(0, rows);
      layOut(stream, places, from, vector, rows);
      fill(stream, places, from, vector, rows);
      vector.setLastSet(rows - 1);
      vector.setValueCount(rows);
    }

    /** Turns lengths into offsets, and makes room for the values. */
    private static void layOut(
        SpillStream stream, char[] places, int from, BaseVariableWidthVector vector, int rows) {
      ArrowBuf offsets = vector.getOffsetBuffer();
      offsets.setZero(0, (rows + 1L) * Integer.BYTES);
      int next = 0;
      try (SpillReader reader = stream.open()) {
        while (reader.next()) {
          long end = reader.address() + reader.bytes();
          long at = reader.address();
          while (at < end) {
            int mark = MemoryUtil.getByte(at) & 0xFF;
            int length = length(at, mark);
            int place = places[next++] - from;
            if (place >= 0 && place < rows && mark != NULL) {
              BitVectorHelper.setBit(vector.getValidityBuffer(), place);
              offsets.setInt((place + 1L) * Integer.BYTES, length);
            }
            at += header(mark) + length;
          }
        }
      }
      long bytes = 0;
      for (int i = 1; i <= rows; i++) {
        bytes += offsets.getInt((long) i * Integer.BYTES);
        if (bytes > Integer.MAX_VALUE) {
          throw new MergeException.LimitExceeded(
              "The values of column '" + vector.getName() + "' in one batch of rows exceed 2 GiB",
              "Use fewer rows per batch, or leave the column out.");
        }
        offsets.setInt((long) i * Integer.BYTES, (int) bytes);
      }
      if (bytes > vector.getDataBuffer().capacity()) {
        vector.reallocDataBuffer(bytes);
      }
    }

    private static void fill(
        SpillStream stream, char[] places, int from, BaseVariableWidthVector vector, int rows) {
      ArrowBuf offsets = vector.getOffsetBuffer();
      long data = vector.getDataBuffer().memoryAddress();
      int next = 0;
      try (SpillReader reader = stream.open()) {
        while (reader.next()) {
          long end = reader.address() + reader.bytes();
          long at = reader.address();
          while (at < end) {
            int mark = MemoryUtil.getByte(at) & 0xFF;
            int length = length(at, mark);
            at += header(mark);
            int place = places[next++] - from;
            if (place >= 0 && place < rows && length > 0) {
              MemoryUtil.copyMemory(
                  at, data + offsets.getInt((long) place * Integer.BYTES), length);
            }
            at += length;
          }
        }
      }
    }

    private static int length(long at, int mark) {
      if (mark == NULL) {
        return 0;
      }
      return mark == LONG ? MemoryUtil.getInt(at + 1) : mark;
    }

    private static int header(int mark) {
      return mark == LONG ? 1 + Integer.BYTES : 1;
    }
  }
}
