package dev.keymerge.internal.parquet;

/**
 * Decodes values that are stored as differences: of numbers, of lengths, or of byte strings that
 * share their beginnings.
 */
final class DeltaDecoders {
  /** Stands for a column whose values have no common length. */
  static final int ANY_LENGTH = -1;

  private DeltaDecoders() {}

  /** Decodes numbers of four bytes. */
  static final class Ints implements ValueDecoder {
    private final DeltaStream stream = new DeltaStream();
    private final ScratchArrays scratch;

    Ints(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      into.ints = scratch.ints(into.ints, count);
      stream.ints(data, from, to, count, into.ints);
    }
  }

  /** Decodes numbers of eight bytes. */
  static final class Longs implements ValueDecoder {
    private final DeltaStream stream = new DeltaStream();
    private final ScratchArrays scratch;

    Longs(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      into.longs = scratch.longs(into.longs, count);
      stream.longs(data, from, to, count, into.longs);
    }
  }

  /**
   * Decodes byte strings that follow one another after all their lengths; they stay where they are.
   */
  static final class LengthStrings implements ValueDecoder {
    private final DeltaStream stream = new DeltaStream();
    private final ScratchArrays scratch;

    LengthStrings(ScratchArrays scratch) {
      this.scratch = scratch;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      into.starts = scratch.ints(into.starts, count);
      into.lengths = scratch.ints(into.lengths, count);
      into.bytes = data;
      int position = stream.ints(data, from, to, count, into.lengths);
      int[] starts = into.starts;
      int[] lengths = into.lengths;
      for (int index = 0; index < count; index++) {
        int length = lengths[index];
        if (length < 0 || length > to - position) {
          throw new MalformedParquetException(
              "value " + index + " of a page leaves the page, with a length of " + length);
        }
        starts[index] = position;
        position += length;
      }
    }
  }

  /**
   * Decodes byte strings that are stored as what they share with the one before, and the rest; they
   * are put together anew.
   */
  static final class PrefixStrings implements ValueDecoder {
    private final DeltaStream stream = new DeltaStream();
    private final ScratchArrays scratch;
    private final int width;
    private int[] prefixes = new int[0];
    private byte[] joined = new byte[0];

    /** Creates the decoder of values of {@code width} bytes, or of {@link #ANY_LENGTH}. */
    PrefixStrings(ScratchArrays scratch, int width) {
      this.scratch = scratch;
      this.width = width;
    }

    @Override
    public void decode(byte[] data, int from, int to, int count, PageValues into) {
      prefixes = scratch.ints(prefixes, count);
      into.starts = scratch.ints(into.starts, count);
      into.lengths = scratch.ints(into.lengths, count);
      int[] lengths = into.lengths;
      int position = stream.ints(data, from, to, count, prefixes);
      position = stream.ints(data, position, to, count, lengths);
      joined = scratch.bytes(joined, joinedLength(lengths, count, to - position));
      int[] starts = into.starts;
      byte[] out = joined;
      int end = 0;
      int before = 0;
      for (int index = 0; index < count; index++) {
        int prefix = prefixes[index];
        int suffix = lengths[index];
        System.arraycopy(out, before, out, end, prefix);
        System.arraycopy(data, position, out, end + prefix, suffix);
        position += suffix;
        before = end;
        starts[index] = end;
        lengths[index] = prefix + suffix;
        end += prefix + suffix;
      }
      into.bytes = joined;
    }

    private long joinedLength(int[] suffixes, int count, int available) {
      long joinedBytes = 0;
      long suffixBytes = 0;
      long before = 0;
      for (int index = 0; index < count; index++) {
        int prefix = prefixes[index];
        int suffix = suffixes[index];
        if (prefix < 0 || prefix > before || suffix < 0) {
          throw new MalformedParquetException(
              "value " + index + " of a page shares " + prefix + " bytes with one of " + before);
        }
        suffixBytes += suffix;
        before = (long) prefix + suffix;
        if (width != ANY_LENGTH && width != before) {
          throw new MalformedParquetException(
              "value " + index + " of a page is " + before + " bytes long, not " + width);
        }
        joinedBytes += before;
        if (suffixBytes > available) {
          throw new MalformedParquetException("value " + index + " of a page leaves the page");
        }
      }
      return joinedBytes;
    }
  }
}
