package dev.keymerge.internal.parquet;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Decodes values of pages that are not in memory as a whole, forward through one or more streams.
 */
final class SliceDecoders {
  /**
   * How many bytes of values that are put together anew a slice has, unless one alone is longer.
   */
  static final int SLICE_BYTES = 256 << 10;

  private SliceDecoders() {}

  /** Goes through one stream. */
  private abstract static class OneStream implements SliceDecoder {
    final PageStream stream;

    OneStream(PageStream stream) {
      this.stream = stream;
    }

    @Override
    public final void finish() throws IOException {
      stream.finish();
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  /** Decodes values of one width that stand one after the other. */
  static final class Fixed extends OneStream {
    private final int width;
    private final ValueDecoder decoder;

    /** Creates the decoder of values of {@code width} bytes that {@code decoder} can decode. */
    Fixed(PageStream stream, int width, ValueDecoder decoder) {
      super(stream);
      this.width = width;
      this.decoder = decoder;
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      stream.require(width);
      if (most * (long) width > stream.available()) {
        stream.fill();
      }
      int count = Math.min(most, stream.available() / width);
      int bytes = count * width;
      int from = stream.offset();
      decoder.decode(stream.window(), from, from + bytes, count, into);
      stream.pass(bytes);
      return count;
    }
  }

  /** Decodes booleans, eight to a byte. */
  static final class Booleans extends OneStream {
    private final ScratchArrays scratch;
    private final int[] spare = new int[Byte.SIZE];
    private int spareFrom = Byte.SIZE;

    Booleans(PageStream stream, ScratchArrays scratch) {
      super(stream);
      this.scratch = scratch;
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      into.ints = scratch.ints(into.ints, most);
      for (int index = 0; index < most; index++) {
        if (spareFrom == Byte.SIZE) {
          int bits = stream.nextByte();
          for (int bit = 0; bit < Byte.SIZE; bit++) {
            spare[bit] = bits >>> bit & 1;
          }
          spareFrom = 0;
        }
        into.ints[index] = spare[spareFrom++];
      }
      return most;
    }
  }

  /** Decodes byte strings, each after its length; they stay in the window. */
  static final class Binaries extends OneStream {
    private final ScratchArrays scratch;

    Binaries(PageStream stream, ScratchArrays scratch) {
      super(stream);
      this.scratch = scratch;
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      stream.fill();
      stream.require(Integer.BYTES);
      long first = lengthAt(stream.offset()) + (long) Integer.BYTES;
      stream.require(first);
      int count = Math.min(most, stream.available() / Integer.BYTES);
      into.starts = scratch.ints(into.starts, count);
      into.lengths = scratch.ints(into.lengths, count);
      into.bytes = stream.window();
      int end = stream.offset() + stream.available();
      int position = stream.offset();
      int found = 0;
      while (found < count && end - position >= Integer.BYTES) {
        int length = lengthAt(position);
        if (length > end - position - Integer.BYTES) {
          break;
        }
        into.starts[found] = position + Integer.BYTES;
        into.lengths[found++] = length;
        position += Integer.BYTES + length;
      }
      stream.pass(position - stream.offset());
      return found;
    }

    private int lengthAt(int position) {
      byte[] window = stream.window();
      int length =
          (window[position] & 0xFF)
              | (window[position + 1] & 0xFF) << 8
              | (window[position + 2] & 0xFF) << 16
              | window[position + 3] << 24;
      if (length < 0) {
        throw new MalformedParquetException("a value of a page has a length of " + length);
      }
      return length;
    }
  }

  /** Decodes indices into the dictionary, after their width. */
  static final class Indices extends OneStream {
    private final DictionaryDecoders.Lookup lookup;
    private final ScratchArrays scratch;
    private final RunCursor runs;
    private int[] indices = new int[0];

    Indices(DictionaryDecoders.Lookup lookup, PageStream stream, ScratchArrays scratch)
        throws IOException {
      super(stream);
      this.lookup = lookup;
      this.scratch = scratch;
      this.runs = PageStream.opened(stream, () -> new RunCursor(stream, stream.nextByte()));
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      indices = scratch.ints(indices, most);
      runs.read(indices, 0, most);
      lookup.look(indices, most, into);
      return most;
    }

    @Override
    public void close() {
      super.close();
      scratch.discharge((long) indices.length * Integer.BYTES);
      indices = new int[0];
    }
  }

  /** Decodes booleans that are stored in runs, after the length of all runs. */
  static final class BooleanRuns extends OneStream {
    private final ScratchArrays scratch;
    private final RunCursor runs;

    BooleanRuns(PageStream stream, ScratchArrays scratch) throws IOException {
      super(stream);
      this.scratch = scratch;
      this.runs =
          PageStream.opened(
              stream,
              () -> {
                int length = stream.nextInt();
                if (length < 0 || length > stream.remaining()) {
                  throw new MalformedParquetException("a section of a page leaves the page");
                }
                return new RunCursor(stream, 1);
              });
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      into.ints = scratch.ints(into.ints, most);
      runs.read(into.ints, 0, most);
      return most;
    }
  }

  /** Decodes numbers that are stored as differences. */
  static final class Differences extends OneStream {
    private final ScratchArrays scratch;
    private final boolean wide;
    private final DeltaCursor numbers;

    /** Creates the decoder of {@code count} numbers, of eight bytes if {@code wide}, else four. */
    Differences(PageStream stream, int count, boolean wide, ScratchArrays scratch)
        throws IOException {
      super(stream);
      this.scratch = scratch;
      this.wide = wide;
      this.numbers = PageStream.opened(stream, () -> new DeltaCursor(stream, count, scratch));
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      if (wide) {
        into.longs = scratch.longs(into.longs, most);
        numbers.longs(into.longs, most);
      } else {
        into.ints = scratch.ints(into.ints, most);
        numbers.ints(into.ints, most);
      }
      return most;
    }
  }

  /** Decodes values whose first bytes stand together, then their second bytes, and so on. */
  static final class Split implements SliceDecoder {
    private final Kind kind;
    private final List<PageStream> places = new ArrayList<>();

    /** All values, if they are in memory at once. */
    private byte[] whole = new byte[0];

    private byte[] joined = new byte[0];

    private Split(Kind kind) {
      this.kind = kind;
    }

    /**
     * Says how values look when their bytes are put together.
     *
     * @param width how many bytes they have
     * @param plain decodes them
     */
    record Kind(int width, ValueDecoder plain, ScratchArrays scratch) {}

    static Split open(ExpandedPage page, long start, int count, Kind kind) throws IOException {
      if (page.length() - start != count * (long) kind.width) {
        throw new MalformedParquetException(
            "a page holds "
                + (page.length() - start)
                + " bytes for "
                + count
                + " values of "
                + kind.width);
      }
      Split split = new Split(kind);
      try {
        // Many streams may hold more than the page has.
        if (kind.width * page.streamBytes() > page.length()) {
          split.whole = page.all(start);
        }
        for (int place = 0; place < kind.width; place++) {
          split.places.add(split.openPlace(page, start, place * (long) count));
        }
        return split;
      } catch (IOException | RuntimeException e) {
        split.close();
        throw e;
      }
    }

    private PageStream openPlace(ExpandedPage page, long start, long from) throws IOException {
      if (whole.length == 0) {
        return page.open(start + from);
      }
      int end = (int) (page.length() - start);
      return new PageStream(whole, (int) from, end, kind.scratch);
    }

    @Override
    public int decode(int most, PageValues into) throws IOException {
      int width = kind.width;
      int count = Math.max(1, Math.min(most, SLICE_BYTES / width));
      joined = kind.scratch.bytes(joined, count * (long) width);
      for (int place = 0; place < width; place++) {
        PageStream stream = places.get(place);
        stream.require(count);
        byte[] window = stream.window();
        int from = stream.offset();
        for (int index = 0, target = place; index < count; index++, target += width) {
          joined[target] = window[from + index];
        }
        stream.pass(count);
      }
      kind.plain.decode(joined, 0, count * width, count, into);
      return count;
    }

    @Override
    public void finish() throws IOException {
      places.get(places.size() - 1).finish();
    }

    @Override
    public void close() {
      places.forEach(PageStream::close);
      places.clear();
      kind.scratch.discard(joined);
      kind.scratch.discard(whole);
      joined = new byte[0];
      whole = new byte[0];
    }
  }
}
