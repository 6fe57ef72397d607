package dev.keymerge.internal.parquet;

/** Decodes values whose first bytes stand together, then their second bytes, and so on. */
final class SplitDecoders {
  private SplitDecoders() {}

  private static void requireBytes(int from, int to, int width, int count) {
    if (to - from != count * (long) width) {
      throw new MalformedParquetException(
          "a page holds " + (to - from) + " bytes for " + count + " values of " + width);
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
      requireBytes(from, to, Integer.BYTES, count);
      into.ints = scratch.ints(into.ints, count);
      int[] out = into.ints;
      int second = from + count;
      int third = second + count;
      int fourth = third + count;
      for (int index = 0; index < count; index++) {
        out[index] =
            (data[from + index] & 0xFF)
                | (data[second + index] & 0xFF) << 8
                | (data[third + index] & 0xFF) << 16
                | data[fourth + index] << 24;
      }
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
      requireBytes(from, to, Long.BYTES, count);
      into.longs = scratch.longs(into.longs, count);
      long[] out = into.longs;
      for (int index = 0; index < count; index++) {
        long value = 0;
        int position = from + index;
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
          value |= (data[position] & 0xFFL) << shift;
          position += count;
        }
        out[index] = value;
      }
    }
  }

  /** Decodes byte strings that all have the same length; they are put together anew. */
  static final class Fixed implements ValueDecoder {
    private final int width;
    private final ScratchArrays scratch;
    private byte[] joined = new byte[0];

    Fixed(int width, ScratchArrays scratch) {
      this.width = width;
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      requireBytes(from, to, width, count);
      joined = scratch.bytes(joined, count * (long) width);
      byte[] out = joined;
      int position = from;
      for (int place = 0; place < width; place++) {
        for (int index = 0, target = place; index < count; index++, target += width) {
          out[target] = data[position++];
        }
      }
      into.bytes = joined;
      PlainDecoders.Fixed.fill(into, 0, width, count, scratch);
    }
  }
}
