package dev.keymerge.internal.parquet;

import dev.keymerge.MergeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageWriteStore;
import org.apache.parquet.column.page.PageWriter;
import org.apache.parquet.column.statistics.SizeStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.column.statistics.geospatial.GeospatialStatistics;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/**
 * Turns encoded pages of one chunk into bytes of a file: compresses, adds checksum and header,
 * hands on, and takes note of each.
 *
 * <p>Data pages go to the sink at once; the dictionary page, which comes last but stands first, is
 * kept. After {@link #discard} pages are swallowed, so that an abandoned encoder can be closed. The
 * owner of the scratch arrays and of the compressor closes them.
 *
 * <p>Not thread-safe.
 */
final class ChunkPageWriter implements PageWriteStore, PageWriter {
  private final ColumnDescriptor leaf;
  private final PageCompressor compressor;
  private final ScratchArrays scratch;
  private final PageSink sink;
  private final ChunkNotes notes;
  private final ArrayStream gathered;
  private final ByteArrayOutputStream header = new ByteArrayOutputStream();
  private final CRC32 checksum = new CRC32();
  private byte[] packed = new byte[0];
  private byte[] dictionary = new byte[0];
  private int dictionaryBytes;
  private boolean discarding;

  ChunkPageWriter(
      ColumnDescriptor leaf,
      PageCompressor compressor,
      ScratchArrays scratch,
      PageSink sink,
      ChunkNotes notes) {
    this.leaf = leaf;
    this.compressor = compressor;
    this.scratch = scratch;
    this.sink = sink;
    this.notes = notes;
    this.gathered = new ArrayStream();
  }

  /** Swallows all pages from now on. */
  void discard() {
    discarding = true;
  }

  /** Returns how many bytes the dictionary page takes with its header; 0 if there is none. */
  int dictionaryBytes() {
    return dictionaryBytes;
  }

  /**
   * Returns the array whose first {@link #dictionaryBytes} bytes are the dictionary page with its
   * header.
   */
  byte[] dictionary() {
    return dictionary;
  }

  @Override
  public PageWriter getPageWriter(ColumnDescriptor path) {
    return this;
  }

  @Override
  public void writePage(
      BytesInput bytes,
      int values,
      int rows,
      Statistics<?> statistics,
      @Nullable SizeStatistics sizes,
      @Nullable GeospatialStatistics shapes,
      Encoding repetitionEncoding,
      Encoding definitionEncoding,
      Encoding encoding)
      throws IOException {
    if (discarding) {
      return;
    }
    gathered.reset(checkedSize(bytes.size()));
    bytes.writeAllTo(gathered);
    int packedBytes = pack(gathered.array(), 0, gathered.length());
    DataPageHeader page =
        new DataPageHeader(
            values,
            ChunkNotes.format(encoding),
            ChunkNotes.format(definitionEncoding),
            ChunkNotes.format(repetitionEncoding));
    PageHeader whole = new PageHeader(PageType.DATA_PAGE, gathered.length(), packedBytes);
    whole.setData_page_header(page);
    checksum.reset();
    checksum.update(packed, 0, packedBytes);
    int written = emit(whole, gathered.array(), 0, packedBytes);
    notes.levels(repetitionEncoding, definitionEncoding);
    notes.dataPage(
        new ChunkNotes.Page(
            PageType.DATA_PAGE,
            encoding,
            values,
            rows,
            written,
            written - packedBytes + gathered.length()),
        statistics,
        sizes);
  }

  @Override
  public void writePageV2(
      int rows,
      int nulls,
      int values,
      BytesInput repetitionLevels,
      BytesInput definitionLevels,
      Encoding encoding,
      BytesInput data,
      Statistics<?> statistics,
      @Nullable SizeStatistics sizes,
      @Nullable GeospatialStatistics shapes)
      throws IOException {
    if (discarding) {
      return;
    }
    long levelBytes = repetitionLevels.size() + definitionLevels.size();
    gathered.reset(checkedSize(levelBytes + data.size()));
    repetitionLevels.writeAllTo(gathered);
    definitionLevels.writeAllTo(gathered);
    data.writeAllTo(gathered);
    int levels = (int) levelBytes;
    boolean compressed = data.size() > 0;
    int packedBytes = compressed ? pack(gathered.array(), levels, gathered.length() - levels) : 0;
    DataPageHeaderV2 page =
        new DataPageHeaderV2(
            values,
            nulls,
            rows,
            ChunkNotes.format(encoding),
            (int) definitionLevels.size(),
            (int) repetitionLevels.size());
    page.setIs_compressed(compressed);
    PageHeader whole =
        new PageHeader(PageType.DATA_PAGE_V2, gathered.length(), levels + packedBytes);
    whole.setData_page_header_v2(page);
    checksum.reset();
    checksum.update(gathered.array(), 0, levels);
    checksum.update(packed, 0, packedBytes);
    int written = emit(whole, gathered.array(), levels, packedBytes);
    notes.dataPage(
        new ChunkNotes.Page(
            PageType.DATA_PAGE_V2,
            encoding,
            values,
            rows,
            written,
            written - packedBytes - levels + gathered.length()),
        statistics,
        sizes);
  }

  @Override
  public void writeDictionaryPage(DictionaryPage page) throws IOException {
    if (discarding) {
      return;
    }
    if (dictionaryBytes > 0) {
      throw new IllegalStateException("A chunk has one dictionary page at most");
    }
    BytesInput bytes = page.getBytes();
    gathered.reset(checkedSize(bytes.size()));
    bytes.writeAllTo(gathered);
    int packedBytes = pack(gathered.array(), 0, gathered.length());
    PageHeader whole = new PageHeader(PageType.DICTIONARY_PAGE, gathered.length(), packedBytes);
    whole.setDictionary_page_header(
        new DictionaryPageHeader(page.getDictionarySize(), ChunkNotes.format(page.getEncoding())));
    checksum.reset();
    checksum.update(packed, 0, packedBytes);
    int headerBytes = writeHeader(whole);
    dictionary = scratch.bytes(dictionary, (long) headerBytes + packedBytes);
    System.arraycopy(header.toByteArray(), 0, dictionary, 0, headerBytes);
    System.arraycopy(packed, 0, dictionary, headerBytes, packedBytes);
    dictionaryBytes = headerBytes + packedBytes;
    notes.dictionaryPage(page.getEncoding(), dictionaryBytes, headerBytes + gathered.length());
  }

  @Override
  @Deprecated
  public void writePage(
      BytesInput bytes,
      int values,
      Statistics<?> statistics,
      Encoding repetitionEncoding,
      Encoding definitionEncoding,
      Encoding encoding) {
    throw new UnsupportedOperationException("Pages come with their number of rows");
  }

  @Override
  public void writePage(
      BytesInput bytes,
      int values,
      int rows,
      Statistics<?> statistics,
      Encoding repetitionEncoding,
      Encoding definitionEncoding,
      Encoding encoding)
      throws IOException {
    writePage(
        bytes,
        values,
        rows,
        statistics,
        null,
        null,
        repetitionEncoding,
        definitionEncoding,
        encoding);
  }

  @Override
  public void writePageV2(
      int rows,
      int nulls,
      int values,
      BytesInput repetitionLevels,
      BytesInput definitionLevels,
      Encoding encoding,
      BytesInput data,
      Statistics<?> statistics)
      throws IOException {
    writePageV2(
        rows,
        nulls,
        values,
        repetitionLevels,
        definitionLevels,
        encoding,
        data,
        statistics,
        null,
        null);
  }

  @Override
  public long getMemSize() {
    return 0;
  }

  @Override
  public long allocatedSize() {
    return packed.length + (long) gathered.array().length;
  }

  @Override
  public String memUsageString(String prefix) {
    return prefix + allocatedSize() + " bytes";
  }

  @Override
  public void close() {}

  /** Writes header, levels and packed bytes to the sink and returns how many bytes that took. */
  private int emit(PageHeader whole, byte[] levels, int levelBytes, int packedBytes)
      throws IOException {
    int headerBytes = writeHeader(whole);
    sink.write(header.toByteArray(), 0, headerBytes);
    if (levelBytes > 0) {
      sink.write(levels, 0, levelBytes);
    }
    sink.write(packed, 0, packedBytes);
    return Math.addExact(headerBytes, Math.addExact(levelBytes, packedBytes));
  }

  private int writeHeader(PageHeader whole) throws IOException {
    whole.setCrc((int) checksum.getValue());
    header.reset();
    Util.writePageHeader(whole, header);
    return header.size();
  }

  private int pack(byte[] bytes, int offset, int length) {
    packed = scratch.lend(packed, compressor.maxCompressedLength(length));
    return compressor.compress(bytes, offset, length, packed, 0);
  }

  private int checkedSize(long bytes) {
    // Compressors may need a little more room than their input, and arrays end at two gigabytes.
    if (bytes > Integer.MAX_VALUE - (64 << 20)) {
      throw new MergeException.LimitExceeded(
          "Column '" + String.join(".", leaf.getPath()) + "' has a row of " + bytes + " bytes",
          "A page of a Parquet file holds less than two gigabytes, and a row is never split.");
    }
    return (int) bytes;
  }

  /** Collects the parts of a page in one array that is charged as scratch memory. */
  private final class ArrayStream extends OutputStream {
    private byte[] array = new byte[0];
    private int length;

    void reset(int capacity) {
      array = scratch.lend(array, capacity);
      length = 0;
    }

    byte[] array() {
      return array;
    }

    int length() {
      return length;
    }

    @Override
    public void write(int value) {
      array[length++] = (byte) value;
    }

    @Override
    public void write(byte[] bytes, int offset, int count) {
      System.arraycopy(bytes, offset, array, length, count);
      length += count;
    }
  }
}
