package dev.keymerge.internal.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Decodes values that stand one after the other as they are. */
final class PlainDecoders {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private PlainDecoders() {}

  private static void requireBytes(int from, int to, long needed, int count) {
    if (needed > to - from) {
      throw new MalformedParquetException(
          "a page holds " + (to - from) + " bytes for " + count + " values that need " + needed);
    }
  }

  /** Decodes booleans, eight to a byte, lowest bit first. */
  static final class Booleans implements ValueDecoder {
    private final ScratchArrays scratch;

    Booleans(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      requireBytes(from, to, (count + 7L) >>> 3, count);
      into.ints = scratch.ints(into.ints, count);
      RunLengths.unpack(data, from, 1, into.ints, 0, count);
    }
  }

  /** Decodes values of four bytes. */
  static final class Ints implements ValueDecoder {
    private final ScratchArrays scratch;

    Ints(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      requireBytes(from, to, count * (long) Integer.BYTES, count);
      into.ints = scratch.ints(into.ints, count);
      ByteBuffer.wrap(data, from, to - from)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asIntBuffer()
          .get(into.ints, 0, count);
    }
  }

  /** Decodes values of eight bytes. */
  static final class Longs implements ValueDecoder {
    private final ScratchArrays scratch;

    Longs(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      requireBytes(from, to, count * (long) Long.BYTES, count);
      into.longs = scratch.longs(into.longs, count);
      ByteBuffer.wrap(data, from, to - from)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asLongBuffer()
          .get(into.longs, 0, count);
    }
  }

  /** Decodes byte strings, each after its length; they stay where they are. */
  static final class Binaries implements ValueDecoder {
    private final ScratchArrays scratch;

    Binaries(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      requireBytes(from, to, count * (long) Integer.BYTES, count);
      into.starts = scratch.ints(into.starts, count);
      into.lengths = scratch.ints(into.lengths, count);
      into.bytes = data;
      int[] starts = into.starts;
      int[] lengths = into.lengths;
      int position = from;
      for (int index = 0; index < count; index++) {
        int left = to - position - Integer.BYTES;
        int length = left < 0 ? -1 : (int) INT.get(data, position);
        if (length < 0 || length > left) {
          throw new MalformedParquetException(
              "value " + index + " of a page leaves the page, with a length of " + length);
        }
        position += Integer.BYTES;
        starts[index] = position;
        lengths[index] = length;
        position += length;
      }
    }
  }

  /** Decodes byte strings that all have the same length; they stay where they are. */
  static final class Fixed implements ValueDecoder {
    private final int width;
    private final ScratchArrays scratch;

    Fixed(int width, ScratchArrays scratch) {
      this.width = width;
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      requireBytes(from, to, count * (long) width, count);
      into.bytes = data;
      fill(into, from, width, count, scratch);
    }

    /** Makes {@code into} show {@code count} values of {@code width} bytes, one after the other. */
    static void fill(PageValues into, int from, int width, int count, ScratchArrays scratch) {
      into.starts = scratch.ints(into.starts, count);
      into.lengths = scratch.ints(into.lengths, count);
      int[] starts = into.starts;
      int position = from;
      for (int index = 0; index < count; index++) {
        starts[index] = position;
        position += width;
      }
      Arrays.fill(into.lengths, 0, count, width);
    }
  }
}
