package dev.keymerge.internal.parquet;

/**
 * Decodes values that are stored as indices into the dictionary page of their chunk.
 *
 * <p>A page starts with the width of its indices in bits; the indices follow in runs.
 */
final class DictionaryDecoders {
  private DictionaryDecoders() {}

  /** Looks indices up, which it unpacks from a page first unless it is given them. */
  abstract static class Lookup implements ValueDecoder {
    final PageValues dictionary;
    final ScratchArrays scratch;
    private int[] indices = new int[0];

    Lookup(PageValues dictionary, ScratchArrays scratch) {
      this.dictionary = dictionary;
      this.scratch = scratch;
    }

    @Override
    public final void decode(byte[] data, int from, int to, int count, PageValues into) {
      if (from >= to) {
        throw new MalformedParquetException("a page of " + count + " dictionary indices is empty");
      }
      indices = scratch.ints(indices, count);
      RunLengths.unpackRuns(data, from + 1, to, data[from] & 0xFF, indices, count);
      look(indices, count, into);
    }

    /**
     * Puts the values of the first {@code count} entries of {@code positions} into {@code into},
     * and checks that there are such.
     */
    abstract void look(int[] positions, int count, PageValues into);
  }

  private static MalformedParquetException outside(int index, int size) {
    return new MalformedParquetException(
        "a page points at entry " + Integer.toUnsignedLong(index) + " of a dictionary of " + size);
  }

  /** Decodes values of four bytes. */
  static final class Ints extends Lookup {
    Ints(PageValues dictionary, ScratchArrays scratch) {
      super(dictionary, scratch);
    }

    @Override
    void look(int[] positions, int count, PageValues into) {
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
  static final class Longs extends Lookup {
    Longs(PageValues dictionary, ScratchArrays scratch) {
      super(dictionary, scratch);
    }

    @Override
    void look(int[] positions, int count, PageValues into) {
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
  static final class Strings extends Lookup {
    Strings(PageValues dictionary, ScratchArrays scratch) {
      super(dictionary, scratch);
    }

    @Override
    void look(int[] positions, int count, PageValues into) {
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
