package dev.keymerge.internal.parquet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.zip.CRC32;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;

/**
 * Shows one data page as a series of slices, so that it may be far larger than memory: some writers
 * make one page of a column of a row group, whatever its size.
 *
 * <p>Holds the encoded levels of the page, and a slice. A row of a nested column may be cut like it
 * may be between pages. Owned by the reader of the chunk. Not thread-safe.
 */
final class SlicedPage implements AutoCloseable {
  private static final int CHECKSUM_BUFFER = 64 << 10;

  /** Stands for the values of a page that has none. */
  private static final SliceDecoder NOTHING =
      new SliceDecoder() {
        @Override
        public int decode(int most, PageValues into) {
          throw new IllegalStateException("No values to decode");
        }

        @Override
        public void finish() {}

        @Override
        public void close() {}
      };

  private final ColumnDescriptor leaf;
  private final ScratchArrays scratch;
  private final PageLimits limits;
  private final int entries;
  private byte[] repetitionRuns = new byte[0];
  private byte[] definitionRuns = new byte[0];
  private int rows;
  private int valueCount;
  private SliceDecoder values = NOTHING;

  private RunCursor repetitionCursor;
  private RunCursor definitionCursor;
  private int[] repetitions = new int[0];
  private int[] definitions = new int[0];

  /** How many entries have been shown, and of how many after them the levels are unpacked. */
  private int shown;

  private int ahead;
  private int inSlice;

  private SlicedPage(ColumnDescriptor leaf, int entries, PageLimits limits, ScratchArrays scratch) {
    this.leaf = leaf;
    this.entries = entries;
    this.limits = limits;
    this.scratch = scratch;
    this.repetitionCursor = cursor(repetitionRuns, 0);
    this.definitionCursor = repetitionCursor;
  }

  /**
   * Describes the page.
   *
   * @param header its header, which has been checked
   * @param stored its bytes in the file, levels included
   * @param codec how it is compressed
   */
  record Page(PageHeader header, ExpandedPage.Stored stored, CompressionCodec codec) {}

  /** Returns whether a page is too large to be decoded as a whole, and can be cut. */
  static boolean suits(
      PageHeader header, CompressionCodec codec, ColumnDescriptor leaf, PageLimits limits) {
    boolean small =
        header.getUncompressed_page_size() <= limits.wholeBytes()
            && header.getCompressed_page_size() <= limits.wholeBytes()
            && PageHeaders.entries(header) <= limits.wholeEntries();
    if (small || !ExpandedPage.supports(codec)) {
      return false;
    }
    if (header.getType() == PageType.DATA_PAGE_V2) {
      return true;
    }
    DataPageHeader data = header.getData_page_header();
    return suits(data.getRepetition_level_encoding(), leaf.getMaxRepetitionLevel())
        && suits(data.getDefinition_level_encoding(), leaf.getMaxDefinitionLevel());
  }

  private static boolean suits(Encoding levels, int greatest) {
    return greatest == 0 || levels == Encoding.RLE;
  }

  /** Opens a page before its first slice; the caller closes it. */
  static SlicedPage open(
      Page page,
      ColumnDescriptor leaf,
      ValueDecoders decoders,
      PageLimits limits,
      ScratchArrays scratch)
      throws IOException {
    checkSum(page, scratch);
    SlicedPage sliced = new SlicedPage(leaf, PageHeaders.entries(page.header), limits, scratch);
    try {
      if (page.header.getType() == PageType.DATA_PAGE_V2) {
        sliced.openSecondVersion(page, decoders);
      } else {
        sliced.openFirstVersion(page, decoders);
      }
      return sliced;
    } catch (UncheckedIOException e) {
      sliced.close();
      throw e.getCause();
    } catch (IOException | RuntimeException e) {
      sliced.close();
      throw e;
    }
  }

  private static void checkSum(Page page, ScratchArrays scratch) throws IOException {
    if (!page.header.isSetCrc()) {
      return;
    }
    CRC32 checksum = new CRC32();
    byte[] buffer = scratch.bytes(new byte[0], CHECKSUM_BUFFER);
    try (InputStream stored = page.stored.open()) {
      int count = stored.read(buffer);
      while (count > 0) {
        checksum.update(buffer, 0, count);
        count = stored.read(buffer);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      scratch.discard(buffer);
    }
    if ((int) checksum.getValue() != page.header.getCrc()) {
      throw new MalformedParquetException("a page does not match its checksum");
    }
  }

  private void openFirstVersion(Page page, ValueDecoders decoders) throws IOException {
    ExpandedPage expanded =
        new ExpandedPage(
            page.stored,
            page.codec,
            page.header.getUncompressed_page_size(),
            limits.windowBytes(),
            scratch);
    long start = takeLevels(expanded);
    count();
    openValues(decoders, page.header.getData_page_header().getEncoding(), expanded, start);
  }

  /** Takes the levels, which stand before the values, and returns where the values start. */
  private long takeLevels(ExpandedPage expanded) throws IOException {
    if (leaf.getMaxDefinitionLevel() == 0) {
      return 0;
    }
    try (PageStream stream = expanded.open(0)) {
      if (leaf.getMaxRepetitionLevel() > 0) {
        repetitionRuns = section(stream);
      }
      definitionRuns = section(stream);
      return stream.position();
    }
  }

  private byte[] section(PageStream stream) throws IOException {
    int length = stream.nextInt();
    if (length < 0 || length > stream.remaining()) {
      throw new MalformedParquetException(
          "a section of a page is said to take "
              + length
              + " bytes where "
              + stream.remaining()
              + " are left");
    }
    byte[] runs = scratch.bytes(new byte[0], length);
    stream.take(runs, length);
    return runs;
  }

  private void openSecondVersion(Page page, ValueDecoders decoders) throws IOException {
    DataPageHeaderV2 data = page.header.getData_page_header_v2();
    int repetitionBytes = data.getRepetition_levels_byte_length();
    int definitionBytes = data.getDefinition_levels_byte_length();
    try (InputStream stored = page.stored.open()) {
      repetitionRuns = bytes(stored, repetitionBytes);
      definitionRuns = bytes(stored, definitionBytes);
    }
    count();
    if (rows != data.getNum_rows()) {
      throw new MalformedParquetException(
          "a page has " + rows + " rows where its header says " + data.getNum_rows());
    }
    int levelBytes = repetitionBytes + definitionBytes;
    boolean compressed = !data.isSetIs_compressed() || data.isIs_compressed();
    ExpandedPage.Stored stored =
        new ExpandedPage.Stored(
            page.stored.input(),
            page.stored.position() + levelBytes,
            page.stored.length() - levelBytes);
    ExpandedPage expanded =
        new ExpandedPage(
            stored,
            compressed ? page.codec : CompressionCodec.UNCOMPRESSED,
            page.header.getUncompressed_page_size() - levelBytes,
            limits.windowBytes(),
            scratch);
    openValues(decoders, data.getEncoding(), expanded, 0);
  }

  private byte[] bytes(InputStream stored, int length) throws IOException {
    byte[] bytes = scratch.bytes(new byte[0], length);
    stored.readNBytes(bytes, 0, length);
    return bytes;
  }

  private void openValues(ValueDecoders decoders, Encoding encoding, ExpandedPage page, long start)
      throws IOException {
    if (valueCount > 0) {
      values = decoders.slices(encoding, page, start, valueCount);
    }
  }

  /** Counts rows and values by the levels, checks these, and goes back to the first entry. */
  private void count() throws IOException {
    int most = Math.min(entries, limits.sliceEntries());
    rows = entries;
    valueCount = entries;
    int greatestRepetition = leaf.getMaxRepetitionLevel();
    if (greatestRepetition > 0) {
      repetitions = scratch.ints(repetitions, most);
      rows = count(repetitionRuns, greatestRepetition, 0, repetitions);
      repetitionCursor = cursor(repetitionRuns, greatestRepetition);
    }
    int greatestDefinition = leaf.getMaxDefinitionLevel();
    if (greatestDefinition > 0) {
      definitions = scratch.ints(definitions, most);
      valueCount = count(definitionRuns, greatestDefinition, greatestDefinition, definitions);
      definitionCursor = cursor(definitionRuns, greatestDefinition);
    }
  }

  private int count(byte[] runs, int greatest, int wanted, int[] levels) throws IOException {
    RunCursor cursor = cursor(runs, greatest);
    int found = 0;
    for (int done = 0; done < entries; done += levels.length) {
      int part = Math.min(levels.length, entries - done);
      cursor.read(levels, 0, part);
      found += PageLevels.countLevel(levels, part, wanted, greatest);
    }
    return found;
  }

  private RunCursor cursor(byte[] runs, int greatest) {
    return new RunCursor(new PageStream(runs, 0, runs.length, scratch), PageLevels.width(greatest));
  }

  /** Returns how many rows start in the page. */
  int rows() {
    return rows;
  }

  /**
   * Decodes the next slice into {@code into} and returns true; returns false after the last one,
   * when the page has been checked to end there.
   */
  boolean next(PageValues into) throws IOException {
    passSlice();
    if (shown == entries) {
      values.finish();
      return false;
    }
    int most = Math.min(limits.sliceEntries(), entries - shown);
    if (leaf.getMaxRepetitionLevel() > 0) {
      repetitionCursor.read(repetitions, ahead, most - ahead);
    }
    boolean nullable = leaf.getMaxDefinitionLevel() > 0;
    if (nullable) {
      definitionCursor.read(definitions, ahead, most - ahead);
    }
    ahead = most;
    into.repetitionLevels = leaf.getMaxRepetitionLevel() > 0 ? repetitions : null;
    into.definitionLevels = nullable ? definitions : null;
    into.entries = most;
    into.valueCount = most;
    if (nullable) {
      into.valueCount = valuesUpTo(most);
    }
    if (into.valueCount > 0) {
      int decoded = values.decode(into.valueCount, into);
      if (decoded < into.valueCount) {
        into.valueCount = decoded;
        into.entries = nullable ? entriesOf(decoded) : decoded;
      }
    }
    inSlice = into.entries;
    into.rows = rowsUpTo(into.entries);
    return true;
  }

  /** Moves the levels that follow the slice to the beginning. */
  private void passSlice() {
    int left = ahead - inSlice;
    if (left > 0 && repetitions.length > 0) {
      System.arraycopy(repetitions, inSlice, repetitions, 0, left);
    }
    if (left > 0 && definitions.length > 0) {
      System.arraycopy(definitions, inSlice, definitions, 0, left);
    }
    shown += inSlice;
    ahead = left;
    inSlice = 0;
  }

  private int valuesUpTo(int end) {
    int top = leaf.getMaxDefinitionLevel();
    return PageLevels.countLevel(definitions, end, top, top);
  }

  /** Returns how many entries there are before the value with number {@code count}. */
  private int entriesOf(int count) {
    int top = leaf.getMaxDefinitionLevel();
    int found = 0;
    int entry = 0;
    while (found <= count) {
      found += definitions[entry++] == top ? 1 : 0;
    }
    return entry - 1;
  }

  private int rowsUpTo(int end) {
    int greatest = leaf.getMaxRepetitionLevel();
    return greatest == 0 ? end : PageLevels.countLevel(repetitions, end, 0, greatest);
  }

  @Override
  public void close() {
    values.close();
    values = NOTHING;
    scratch.discard(repetitionRuns);
    scratch.discard(definitionRuns);
    scratch.discharge(Integer.BYTES * ((long) repetitions.length + definitions.length));
    repetitionRuns = new byte[0];
    definitionRuns = new byte[0];
    repetitions = new int[0];
    definitions = new int[0];
  }
}
