package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.util.zip.CRC32;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.jspecify.annotations.Nullable;

/**
 * Reads one column chunk page by page: levels and values in their physical type, flat and nested
 * columns alike.
 *
 * <p>At any moment it holds one compressed page, one decompressed page and one dictionary, all
 * charged to the memory it was opened with until it is closed. It only moves forward. Whatever is
 * wrong with the bytes is reported as {@link dev.keymerge.MergeException.BadData} with file, row
 * group and column.
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
  private final PageDecompressor decompressor;
  private final PageLevels levels;
  private final ValueDecoders decoders;
  private final PageValues values = new PageValues();
  private final CRC32 checksum = new CRC32();
  private final long rowGroupRows;
  private final long totalEntries;

  private byte[] page = new byte[0];
  private byte[] dictionaryPage = new byte[0];

  /**
   * Header of the data page that the source stands behind, if it has been looked at and not loaded.
   */
  private @Nullable PageHeader pendingHeader;

  /** Whether {@link #next} has nothing to do because {@link #skipTo} had to load the page. */
  private boolean loadedAhead;

  private boolean onPage;
  private int nextOrdinal;
  private long firstRow;
  private long nextRow;
  private long nextEntry;

  ColumnPageReader(
      StorageInput input, ParquetFooter footer, int rowGroup, int leafIndex, ParquetMemory memory) {
    this.place = footer.place(rowGroup, leafIndex);
    this.leaf = footer.leaves().get(leafIndex);
    ColumnMetaData meta = footer.chunk(rowGroup, leafIndex).getMeta_data();
    this.codec = FooterChecks.codec(place, meta);
    this.rowGroupRows = footer.rows(rowGroup);
    this.totalEntries = meta.getNum_values();
    this.scratch = memory.openScratch("reading column '" + String.join(".", leaf.getPath()) + "'");
    long start = FooterChecks.chunkStart(meta);
    long end = Math.min(input.size(), start + meta.getTotal_compressed_size() + LENGTH_TOLERANCE);
    this.source = new ChunkSource(input, start, Math.max(start, end), scratch);
    this.index = new PageIndex(input, footer.chunk(rowGroup, leafIndex), rowGroupRows, scratch);
    this.levels = new PageLevels(leaf, scratch);
    this.decoders = new ValueDecoders(leaf.getPrimitiveType(), scratch);
    PageDecompressor opened;
    try {
      opened = PageCodecs.decompressor(codec, scratch);
    } catch (RuntimeException e) {
      scratch.close();
      throw place.failure(e);
    }
    this.decompressor = opened;
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
    return nextRow;
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
      return load();
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
    if (onPage && row < nextRow) {
      loadedAhead = true;
      return true;
    }
    loadedAhead = false;
    onPage = false;
    try {
      skipByIndex(row);
      skipByHeaders(row);
      return true;
    } catch (IOException e) {
      throw place.failure(e);
    } catch (RuntimeException e) {
      throw place.failure(e);
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
      if (rows < 0) {
        if (!load()) {
          throw endedEarly();
        }
        if (row < nextRow) {
          loadedAhead = true;
          return;
        }
      } else if (row < nextRow + rows) {
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
    onPage = false;
    while (true) {
      PageHeader header = pendingHeader != null ? pendingHeader : nextDataHeader();
      pendingHeader = null;
      if (header == null) {
        return false;
      }
      decodePage(header);
      int[] repetitions = values.repetitionLevels;
      if (nextRow == 0 && values.entries > 0 && repetitions != null && repetitions[0] != 0) {
        throw new MalformedParquetException("its first value belongs to no row");
      }
      firstRow = nextRow;
      advance(header, values.rows, values.entries);
      if (values.entries > 0) {
        onPage = true;
        return true;
      }
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
    takePage(header);
    int length = header.getUncompressed_page_size();
    dictionaryPage = scratch.bytes(dictionaryPage, (long) length + Long.BYTES);
    expand(0, header.getCompressed_page_size(), dictionaryPage, length);
    source.skip(header.getCompressed_page_size());
    decoders.dictionary(dictionaryPage, 0, length, data.getNum_values());
  }

  /** Brings the bytes of a page into the window and checks them against their checksum. */
  private void takePage(PageHeader header) throws IOException {
    int length = header.getCompressed_page_size();
    source.require(length);
    PageCodecs.checkClaim(codec, length, header.getUncompressed_page_size());
    if (header.isSetCrc()) {
      checksum.reset();
      checksum.update(source.window(), source.offset(), length);
      if ((int) checksum.getValue() != header.getCrc()) {
        throw new MalformedParquetException("a page does not match its checksum");
      }
    }
  }

  /**
   * Expands {@code length} bytes of the page in the window, the {@code skipped} first ones left
   * out.
   */
  private void expand(int skipped, int length, byte[] target, int targetLength) {
    if (targetLength > 0 || length > 0) {
      decompressor.decompress(
          source.window(), source.offset() + skipped, length, target, 0, targetLength);
    }
  }

  private void decodePage(PageHeader header) throws IOException {
    takePage(header);
    values.entries = PageHeaders.entries(header);
    if (nextEntry != PageIndex.UNKNOWN && values.entries > totalEntries - nextEntry) {
      throw new MalformedParquetException(
          "its pages hold more than its " + totalEntries + " values");
    }
    if (header.getType() == PageType.DATA_PAGE_V2) {
      decodeSecondVersion(header, header.getData_page_header_v2());
    } else {
      decodeFirstVersion(header, header.getData_page_header());
    }
    source.skip(header.getCompressed_page_size());
  }

  private void decodeFirstVersion(PageHeader header, DataPageHeader data) {
    int length = header.getUncompressed_page_size();
    byte[] bytes = source.window();
    int from = source.offset();
    if (codec == CompressionCodec.UNCOMPRESSED) {
      PageCodecs.checkLength(header.getCompressed_page_size(), length);
    } else {
      page = scratch.lend(page, (long) length + Long.BYTES);
      expand(0, header.getCompressed_page_size(), page, length);
      bytes = page;
      from = 0;
    }
    int start =
        levels.decodeFirstVersion(
            bytes,
            from,
            from + length,
            new PageLevels.LevelEncodings(
                data.getRepetition_level_encoding(), data.getDefinition_level_encoding()),
            values);
    decoders.decode(data.getEncoding(), bytes, start, from + length, values);
  }

  private void decodeSecondVersion(PageHeader header, DataPageHeaderV2 data) {
    int repetitionBytes = data.getRepetition_levels_byte_length();
    int definitionBytes = data.getDefinition_levels_byte_length();
    int levelBytes = repetitionBytes + definitionBytes;
    levels.decodeSecondVersion(
        source.window(), source.offset(), repetitionBytes, definitionBytes, values);
    if (values.rows != data.getNum_rows()) {
      throw new MalformedParquetException(
          "a page has " + values.rows + " rows where its header says " + data.getNum_rows());
    }
    int stored = header.getCompressed_page_size() - levelBytes;
    int length = header.getUncompressed_page_size() - levelBytes;
    boolean compressed =
        codec != CompressionCodec.UNCOMPRESSED
            && (!data.isSetIs_compressed() || data.isIs_compressed());
    if (!compressed) {
      PageCodecs.checkLength(stored, length);
      int from = source.offset() + levelBytes;
      decoders.decode(data.getEncoding(), source.window(), from, from + length, values);
      return;
    }
    page = scratch.lend(page, (long) length + Long.BYTES);
    expand(levelBytes, stored, page, length);
    decoders.decode(data.getEncoding(), page, 0, length, values);
  }

  @Override
  public void close() {
    decompressor.close();
    scratch.close();
  }
}
