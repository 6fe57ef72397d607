package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.jspecify.annotations.Nullable;

/**
 * Reads one column chunk page by page: levels and values in their physical type, flat and nested
 * columns alike.
 *
 * <p>At any moment it holds one compressed page, one decompressed page and one dictionary, all
 * charged to the memory it was opened with until it is closed. A page that is too large for that is
 * shown as several, one slice after the other. It only moves forward. Whatever is wrong with the
 * bytes is reported as {@link dev.keymerge.MergeException.BadData} with file, row group and column.
 *
 * <p>Opened by {@link ParquetFile#pages}, which must stay open; the opener closes it. Not
 * thread-safe.
 */
public final class ColumnPageReader implements AutoCloseable {

  /**
   * What some old writers leave out of the length of a chunk: the header of its dictionary page.
   */
  private static final int LENGTH_TOLERANCE = 100;

  private final FilePlace place;
  private final ColumnDescriptor leaf;
  private final ScratchArrays scratch;
  private final ChunkSource source;
  private final PageIndex index;
  private final CompressionCodec codec;
  private final WholePages whole;
  private final ValueDecoders decoders;
  private final PageValues values = new PageValues();
  private final PageLimits limits;
  private final long rowGroupRows;
  private final long totalEntries;

  private byte[] dictionaryPage = new byte[0];

  /**
   * Header of the data page that the source stands behind, if it has been looked at and not loaded.
   */
  private @Nullable PageHeader pendingHeader;

  /** Whether {@link #next} has nothing to do because {@link #skipTo} had to load the page. */
  private boolean loadedAhead;

  /** The page that is shown in slices, of which {@link #values} is the current one. */
  private @Nullable SlicedPage slices;

  private boolean onPage;
  private int nextOrdinal;
  private long firstRow;

  /** The row after what is shown, and the one after the whole page. */
  private long shownEnd;

  private long nextRow;
  private long nextEntry;

  ColumnPageReader(StorageInput input, ChunkFacts facts, ParquetMemory memory) {
    this.place = facts.place();
    this.leaf = facts.leaf();
    ColumnMetaData meta = facts.chunk().getMeta_data();
    this.codec = FooterChecks.codec(place, meta);
    this.limits = memory.pageLimits();
    this.rowGroupRows = facts.rows();
    this.totalEntries = meta.getNum_values();
    this.scratch = memory.openScratch("reading column '" + String.join(".", leaf.getPath()) + "'");
    long start = FooterChecks.chunkStart(meta);
    long end = Math.min(input.size(), start + meta.getTotal_compressed_size() + LENGTH_TOLERANCE);
    this.source = new ChunkSource(input, start, Math.max(start, end), scratch);
    this.index = new PageIndex(input, facts.chunk(), rowGroupRows, scratch);
    this.decoders = new ValueDecoders(leaf.getPrimitiveType(), scratch);
    try {
      this.whole = new WholePages(source, codec, leaf, decoders, scratch);
    } catch (RuntimeException e) {
      scratch.close();
      throw place.failure(e);
    }
  }

  /** Returns the column that this reads. */
  public ColumnDescriptor leaf() {
    return leaf;
  }

  /** Returns the name of what this reads, for messages. */
  FilePlace place() {
    return place;
  }

  /** Returns the memory that everything here is charged to. */
  ScratchArrays scratch() {
    return scratch;
  }

  /** Returns the number of rows of the row group. */
  public long rows() {
    return rowGroupRows;
  }

  /** Returns the content of the current page, valid until this moves on. */
  public PageValues values() {
    return values;
  }

  /**
   * Returns the row, counted from the beginning of the row group, that the first row that starts in
   * the current page is.
   *
   * <p>A page of a nested column may begin with the rest of the row before.
   */
  public long firstRow() {
    return firstRow;
  }

  /** Returns the row that follows the current page, or what has been skipped. */
  long followingRow() {
    return onPage ? shownEnd : nextRow;
  }

  /**
   * Moves to the next data page that has entries and decodes it; returns false if there is none.
   */
  public boolean next() {
    if (loadedAhead) {
      loadedAhead = false;
      return true;
    }
    try {
      return nextSlice() || load();
    } catch (IOException e) {
      throw place.failure(e);
    } catch (RuntimeException e) {
      throw place.failure(e);
    }
  }

  /**
   * Goes forward so that {@link #next} shows the page in which {@code row} starts, which may be the
   * current one again; returns false if the row group has no such row. The content of the current
   * page is lost unless it is that page.
   *
   * @param row counted from the beginning of the row group; not before the current page
   */
  public boolean skipTo(long row) {
    if (row >= rowGroupRows) {
      return false;
    }
    if (row < (onPage ? firstRow : nextRow)) {
      throw new IllegalArgumentException(
          "Cannot go back to row " + row + " in " + place.text() + ", now at " + nextRow);
    }
    if (onPage && row < shownEnd) {
      loadedAhead = true;
      return true;
    }
    loadedAhead = false;
    try {
      if (onPage && row < nextRow) {
        skipBySlices(row);
        return true;
      }
      leavePage();
      skipByIndex(row);
      skipByHeaders(row);
      return true;
    } catch (IOException e) {
      throw place.failure(e);
    } catch (RuntimeException e) {
      throw place.failure(e);
    }
  }

  private void skipBySlices(long row) throws IOException {
    while (row >= shownEnd) {
      if (!nextSlice()) {
        throw endedEarly();
      }
    }
    loadedAhead = true;
  }

  private void leavePage() {
    onPage = false;
    if (slices != null) {
      slices.close();
      slices = null;
    }
  }

  private void skipByIndex(long row) throws IOException {
    int target = index.pageOf(row, nextOrdinal);
    if (target <= nextOrdinal) {
      return;
    }
    if (nextOrdinal == 0 && pendingHeader == null) {
      // The dictionary stands before the first data page and would be passed over for good.
      pendingHeader = nextDataHeader();
      if (pendingHeader == null) {
        throw endedEarly();
      }
    }
    pendingHeader = null;
    source.seek(index.offset(target), index.bytes(target));
    nextOrdinal = target;
    nextRow = index.firstRow(target);
    nextEntry = leaf.getMaxRepetitionLevel() == 0 ? nextRow : PageIndex.UNKNOWN;
  }

  private void skipByHeaders(long row) throws IOException {
    while (true) {
      PageHeader header = pendingHeader != null ? pendingHeader : nextDataHeader();
      if (header == null) {
        throw endedEarly();
      }
      pendingHeader = header;
      long rows = PageHeaders.rows(header, leaf.getMaxRepetitionLevel());
      boolean here = rows >= 0 && row < nextRow + rows;
      if (rows < 0 || here && SlicedPage.suits(header, codec, leaf, limits)) {
        if (!load()) {
          throw endedEarly();
        }
        if (row < nextRow) {
          skipBySlices(row);
          return;
        }
      } else if (here) {
        return;
      } else {
        pass(header, rows);
      }
    }
  }

  private void pass(PageHeader header, long rows) {
    source.skip(header.getCompressed_page_size());
    advance(header, rows, PageHeaders.entries(header));
    pendingHeader = null;
  }

  private void advance(PageHeader header, long rows, int entries) {
    long expected = index.rowsIfKnown(nextOrdinal);
    if (expected >= 0 && expected != rows) {
      throw new MalformedParquetException(
          "a page has " + rows + " rows where the offset index says " + expected);
    }
    nextOrdinal++;
    nextRow += rows;
    if (nextEntry != PageIndex.UNKNOWN) {
      nextEntry += entries;
    }
    if (nextRow > rowGroupRows || nextEntry > totalEntries) {
      throw new MalformedParquetException(
          "its pages hold more than its "
              + rowGroupRows
              + " rows or "
              + totalEntries
              + " values, found at a page of type "
              + header.getType());
    }
  }

  private boolean load() throws IOException {
    leavePage();
    while (true) {
      PageHeader header = pendingHeader != null ? pendingHeader : nextDataHeader();
      pendingHeader = null;
      if (header == null) {
        return false;
      }
      long before = nextRow;
      if (SlicedPage.suits(header, codec, leaf, limits)) {
        slice(header);
      } else {
        checkEntries(PageHeaders.entries(header));
        whole.decode(header, values);
        shownEnd = before + values.rows;
        advance(header, values.rows, values.entries);
      }
      if (values.entries > 0) {
        int[] repetitions = values.repetitionLevels;
        if (before == 0 && repetitions != null && repetitions[0] != 0) {
          throw new MalformedParquetException("its first value belongs to no row");
        }
        firstRow = before;
        onPage = true;
        return true;
      }
    }
  }

  /** Goes to the first slice of a page. */
  private void slice(PageHeader header) throws IOException {
    int entries = PageHeaders.entries(header);
    checkEntries(entries);
    int length = header.getCompressed_page_size();
    ExpandedPage.Stored stored = new ExpandedPage.Stored(source.input(), source.position(), length);
    source.skip(length);
    PageCodecs.checkClaim(codec, length, header.getUncompressed_page_size());
    SlicedPage opened =
        SlicedPage.open(
            new SlicedPage.Page(header, stored, codec), leaf, decoders, limits, scratch);
    slices = opened;
    shownEnd = nextRow;
    values.entries = 0;
    advance(header, opened.rows(), entries);
    nextSlice();
  }

  /** Goes to the next slice of the page; returns false if there is none. */
  private boolean nextSlice() throws IOException {
    if (slices == null) {
      return false;
    }
    if (!slices.next(values)) {
      leavePage();
      return false;
    }
    firstRow = shownEnd;
    shownEnd += values.rows;
    return true;
  }

  private void checkEntries(int entries) {
    if (nextEntry != PageIndex.UNKNOWN && entries > totalEntries - nextEntry) {
      throw new MalformedParquetException(
          "its pages hold more than its " + totalEntries + " values");
    }
  }

  /**
   * Reads headers up to that of the next data page, taking in a dictionary page; null at the end of
   * the chunk.
   */
  private @Nullable PageHeader nextDataHeader() throws IOException {
    while (!atEnd()) {
      PageHeader header = PageHeaders.read(source);
      switch (header.getType()) {
        case DATA_PAGE, DATA_PAGE_V2 -> {
          return header;
        }
        case DICTIONARY_PAGE -> readDictionary(header);
        default -> source.skip(header.getCompressed_page_size());
      }
    }
    if (nextRow != rowGroupRows) {
      throw endedEarly();
    }
    return null;
  }

  private boolean atEnd() {
    if (nextEntry != PageIndex.UNKNOWN) {
      return nextEntry == totalEntries;
    }
    return nextOrdinal == index.pages();
  }

  private MalformedParquetException endedEarly() {
    return new MalformedParquetException(
        "its pages end after " + nextRow + " of " + rowGroupRows + " rows");
  }

  private void readDictionary(PageHeader header) throws IOException {
    DictionaryPageHeader data = header.getDictionary_page_header();
    if (decoders.hasDictionary() || nextOrdinal > 0) {
      throw new MalformedParquetException("it has a dictionary page where none may be");
    }
    if (data == null || data.getNum_values() < 0) {
      throw new MalformedParquetException("the header of its dictionary page lacks the count");
    }
    if (data.getEncoding() != Encoding.PLAIN && data.getEncoding() != Encoding.PLAIN_DICTIONARY) {
      throw new MalformedParquetException(
          "its dictionary page is encoded as " + data.getEncoding());
    }
    dictionaryPage = whole.expand(header, dictionaryPage);
    int length = header.getUncompressed_page_size();
    decoders.dictionary(dictionaryPage, 0, length, data.getNum_values());
  }

  @Override
  public void close() {
    leavePage();
    whole.close();
    scratch.close();
  }
}
