package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageOutput;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import org.apache.arrow.vector.FieldVector;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;

/**
 * Writes whole Arrow vectors as plain, uncompressed column chunks with checksums and without
 * statistics or indexes.
 *
 * <p>Holds one page. Not thread-safe.
 */
final class PlainChunkWriter implements AutoCloseable {
  private final ParquetMemory memory;
  private final ScratchArrays scratch;
  private final ByteArrayOutputStream header = new ByteArrayOutputStream();
  private final CRC32 checksum = new CRC32();
  private byte[] room = new byte[0];

  /** Creates the writer; {@code memory} stays the caller's. */
  PlainChunkWriter(ParquetMemory memory) {
    this.memory = memory;
    this.scratch = memory.openScratch("staging page");
  }

  /**
   * Appends the chunk of {@code leaf} that the first {@code rows} values of {@code vector} make.
   */
  EncodedChunk write(StorageOutput out, ColumnDescriptor leaf, FieldVector vector, int rows)
      throws IOException {
    long start = out.position();
    try (ScratchArrays noted = memory.openScratch("staging chunk")) {
      ChunkNotes notes = new ChunkNotes(leaf, ChunkIndexing.NONE, false, noted);
      notes.levels(Encoding.RLE, Encoding.RLE);
      Statistics<?> none = Statistics.noopStats(leaf.getPrimitiveType());
      PlainPages pages = new PlainPages(leaf, vector, scratch, room);
      int from = 0;
      while (from < rows) {
        int to = pages.pageEnd(from, rows);
        int length = pages.encode(from, to);
        room = pages.array();
        int written = emit(out, to - from, length);
        notes.dataPage(
            new ChunkNotes.Page(
                PageType.DATA_PAGE, Encoding.PLAIN, to - from, to - from, written, written),
            none,
            null);
        from = to;
      }
      return new EncodedChunk(
          notes.metadata(CompressionCodec.UNCOMPRESSED, start),
          start,
          notes.pages(),
          null,
          null,
          null);
    }
  }

  @Override
  public void close() {
    scratch.close();
  }

  private int emit(StorageOutput out, int rows, int length) throws IOException {
    PageHeader page = new PageHeader(PageType.DATA_PAGE, length, length);
    page.setData_page_header(
        new DataPageHeader(
            rows,
            ChunkNotes.format(Encoding.PLAIN),
            ChunkNotes.format(Encoding.RLE),
            ChunkNotes.format(Encoding.RLE)));
    checksum.reset();
    checksum.update(room, 0, length);
    page.setCrc((int) checksum.getValue());
    header.reset();
    Util.writePageHeader(page, header);
    out.write(ByteBuffer.wrap(header.toByteArray()));
    out.write(ByteBuffer.wrap(room, 0, length));
    return Math.addExact(header.size(), length);
  }
}
