package dev.keymerge.internal.parquet;

import java.io.IOException;

/**
 * Decodes byte strings of pages that are not in memory as a whole and in which values and their
 * lengths stand in sections of their own, through one stream per section.
 */
final class StringSlices {
  private StringSlices() {}

  /** Decodes byte strings that follow one another after all their lengths. */
  static final class LengthStrings implements SliceDecoder {
    private final PageStream values;
    private final PageStream lengthStream;
    private final DeltaCursor lengths;
    private final ScratchArrays scratch;

    /** Lengths that have been read and whose values have not. */
    private int[] ahead = new int[0];

    private int aheadFrom;
    private int aheadTo;

    private LengthStrings(
        PageStream values, PageStream lengthStream, DeltaCursor lengths, ScratchArrays scratch) {
      this.values = values;
      this.lengthStream = lengthStream;
      this.lengths = lengths;
      this.scratch = scratch;
    }

    static LengthStrings open(ExpandedPage page, long start, int count, ScratchArrays scratch)
        throws IOException {
      PageStream values = page.open(start);
      return PageStream.opened(
          values,
          () -> {
            new DeltaCursor(values, count, scratch).pass();
            PageStream lengths = page.open(start);
            return PageStream.opened(
                lengths,
                () ->
                    new LengthStrings(
                        values, lengths, new DeltaCursor(lengths, count, scratch), scratch));
          });
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      if (aheadFrom == aheadTo) {
        ahead = scratch.ints(ahead, most);
        lengths.ints(ahead, most);
        aheadFrom = 0;
        aheadTo = most;
      }
      int count = Math.min(most, aheadTo - aheadFrom);
      into.starts = scratch.ints(into.starts, count);
      into.lengths = scratch.ints(into.lengths, count);
      values.fill();
      int found = 0;
      int position = values.offset();
      while (found < count) {
        int length = ahead[aheadFrom + found];
        if (length < 0) {
          throw new MalformedParquetException("a value of a page has a length of " + length);
        }
        if (length > values.offset() + values.available() - position) {
          if (found > 0) {
            break;
          }
          values.require(length);
          position = values.offset();
        }
        into.starts[found] = position;
        into.lengths[found++] = length;
        position += length;
      }
      into.bytes = values.window();
      values.pass(position - values.offset());
      aheadFrom += found;
      return found;
    }

    @Override
    public void finish() throws IOException {
      values.finish();
    }

    @Override
    public void close() {
      values.close();
      lengthStream.close();
      scratch.discharge((long) ahead.length * Integer.BYTES);
      ahead = new int[0];
    }
  }

  /**
   * Decodes byte strings that are stored as what they share with the one before, and the rest: all
   * shared lengths, then all other lengths, then the bytes.
   */
  static final class PrefixStrings implements SliceDecoder {
    private final Streams streams;
    private final DeltaCursor prefixes;
    private final DeltaCursor suffixes;
    private final int width;
    private final ScratchArrays scratch;
    private final int[] one = new int[1];
    private byte[] joined = new byte[0];

    /** Where the value before stands in {@link #joined}, and how long it is. */
    private int before;

    private int beforeLength;

    private PrefixStrings(Streams streams, Lengths lengths, ScratchArrays scratch)
        throws IOException {
      this.streams = streams;
      this.prefixes = new DeltaCursor(streams.prefixes, lengths.count, scratch);
      this.suffixes = new DeltaCursor(streams.suffixes, lengths.count, scratch);
      this.width = lengths.width;
      this.scratch = scratch;
    }

    /** Holds the three sections. */
    private record Streams(PageStream values, PageStream prefixes, PageStream suffixes) {}

    /**
     * Says what is known of the values.
     *
     * @param count how many they are
     * @param width how long each is, or {@link DeltaDecoders#ANY_LENGTH}
     */
    record Lengths(int count, int width) {}

    static PrefixStrings open(ExpandedPage page, long start, Lengths lengths, ScratchArrays scratch)
        throws IOException {
      int count = lengths.count;
      PageStream values = page.open(start);
      return PageStream.opened(
          values,
          () -> {
            new DeltaCursor(values, count, scratch).pass();
            long middle = values.position();
            new DeltaCursor(values, count, scratch).pass();
            PageStream prefixes = page.open(start);
            return PageStream.opened(
                prefixes,
                () -> {
                  PageStream suffixes = page.open(middle);
                  return PageStream.opened(
                      suffixes,
                      () ->
                          new PrefixStrings(
                              new Streams(values, prefixes, suffixes), lengths, scratch));
                });
          });
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      into.starts = scratch.ints(into.starts, most);
      into.lengths = scratch.ints(into.lengths, most);
      System.arraycopy(joined, before, joined, 0, beforeLength);
      before = 0;
      int end = beforeLength;
      int found = 0;
      while (found < most && (found == 0 || end < SliceDecoders.SLICE_BYTES)) {
        prefixes.ints(one, 1);
        int prefix = one[0];
        suffixes.ints(one, 1);
        int suffix = one[0];
        check(prefix, suffix);
        joined = scratch.extend(joined, end, end + (long) prefix + suffix);
        streams.values.require(suffix);
        System.arraycopy(joined, before, joined, end, prefix);
        System.arraycopy(
            streams.values.window(), streams.values.offset(), joined, end + prefix, suffix);
        streams.values.pass(suffix);
        before = end;
        beforeLength = prefix + suffix;
        into.starts[found] = end;
        into.lengths[found++] = beforeLength;
        end += beforeLength;
      }
      into.bytes = joined;
      return found;
    }

    private void check(int prefix, int suffix) {
      if (prefix < 0 || prefix > beforeLength || suffix < 0) {
        throw new MalformedParquetException(
            "a value of a page shares " + prefix + " bytes with one of " + beforeLength);
      }
      long length = (long) prefix + suffix;
      if (width != DeltaDecoders.ANY_LENGTH && width != length) {
        throw new MalformedParquetException(
            "a value of a page is " + length + " bytes long, not " + width);
      }
    }

    @Override
    public void finish() throws IOException {
      streams.values.finish();
    }

    @Override
    public void close() {
      streams.values.close();
      streams.prefixes.close();
      streams.suffixes.close();
      scratch.discard(joined);
      joined = new byte[0];
    }
  }
}
