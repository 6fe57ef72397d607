package dev.keymerge.internal.parquet;

/**
 * Decodes values that are stored as indices into the dictionary page of their chunk.
 *
 * <p>A page starts with the width of its indices in bits; the indices follow in runs.
 */
final class DictionaryDecoders {
  private DictionaryDecoders() {}

  /**
   * Unpacks the indices of a page into its own scratch array and checks nothing but that they are
   * there.
   */
  private static final class Indices {
    private final ScratchArrays scratch;
    private int[] indices = new int[0];

    Indices(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    int[] unpack(byte[] data, int from, int to, int count) {
      if (from >= to) {
        throw new MalformedParquetException("a page of " + count + " dictionary indices is empty");
      }
      indices = scratch.ints(indices, count);
      RunLengths.unpackRuns(data, from + 1, to, data[from] & 0xFF, indices, count);
      return indices;
    }
  }

  private static MalformedParquetException outside(int index, int size) {
    return new MalformedParquetException(
        "a page points at entry " + Integer.toUnsignedLong(index) + " of a dictionary of " + size);
  }

  /** Decodes values of four bytes. */
  static final class Ints implements ValueDecoder {
    private final PageValues dictionary;
    private final ScratchArrays scratch;
    private final Indices indices;

    Ints(PageValues dictionary, ScratchArrays scratch) {
      this.dictionary = dictionary;
      this.scratch = scratch;
      this.indices = new Indices(scratch);
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      int[] positions = indices.unpack(data, from, to, count);
      into.ints = scratch.ints(into.ints, count);
      int[] out = into.ints;
      int[] entries = dictionary.ints;
      int size = dictionary.valueCount;
      for (int index = 0; index < count; index++) {
        int position = positions[index];
        if (position < 0 || position >= size) {
          throw outside(position, size);
        }
        out[index] = entries[position];
      }
    }
  }

  /** Decodes values of eight bytes. */
  static final class Longs implements ValueDecoder {
    private final PageValues dictionary;
    private final ScratchArrays scratch;
    private final Indices indices;

    Longs(PageValues dictionary, ScratchArrays scratch) {
      this.dictionary = dictionary;
      this.scratch = scratch;
      this.indices = new Indices(scratch);
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      int[] positions = indices.unpack(data, from, to, count);
      into.longs = scratch.longs(into.longs, count);
      long[] out = into.longs;
      long[] entries = dictionary.longs;
      int size = dictionary.valueCount;
      for (int index = 0; index < count; index++) {
        int position = positions[index];
        if (position < 0 || position >= size) {
          throw outside(position, size);
        }
        out[index] = entries[position];
      }
    }
  }

  /** Decodes byte strings; they stay in the dictionary page. */
  static final class Strings implements ValueDecoder {
    private final PageValues dictionary;
    private final ScratchArrays scratch;
    private final Indices indices;

    Strings(PageValues dictionary, ScratchArrays scratch) {
      this.dictionary = dictionary;
      this.scratch = scratch;
      this.indices = new Indices(scratch);
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      int[] positions = indices.unpack(data, from, to, count);
      into.starts = scratch.ints(into.starts, count);
      into.lengths = scratch.ints(into.lengths, count);
      into.bytes = dictionary.bytes;
      int[] starts = into.starts;
      int[] lengths = into.lengths;
      int[] entryStarts = dictionary.starts;
      int[] entryLengths = dictionary.lengths;
      int size = dictionary.valueCount;
      for (int index = 0; index < count; index++) {
        int position = positions[index];
        if (position < 0 || position >= size) {
          throw outside(position, size);
        }
        starts[index] = entryStarts[position];
        lengths[index] = entryLengths[position];
      }
    }
  }
}
