package dev.keymerge.internal.parquet;

import java.io.IOException;
import java.util.zip.CRC32;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;

/**
 * Expands and decodes pages of one chunk that fit into memory, each as a whole.
 *
 * <p>Holds one expanded page beside the window of the source. Owns its decompressor and borrows the
 * rest. Not thread-safe.
 */
final class WholePages implements AutoCloseable {
  private final ChunkSource source;
  private final CompressionCodec codec;
  private final ScratchArrays scratch;
  private final PageDecompressor decompressor;
  private final PageLevels levels;
  private final ValueDecoders decoders;
  private final CRC32 checksum = new CRC32();
  private byte[] page = new byte[0];

  /**
   * Creates the decoder of pages that {@code source} yields; the caller closes it.
   *
   * @throws MalformedParquetException if the codec is not supported
   */
  WholePages(
      ChunkSource source,
      CompressionCodec codec,
      ColumnDescriptor leaf,
      ValueDecoders decoders,
      ScratchArrays scratch) {
    this.source = source;
    this.codec = codec;
    this.scratch = scratch;
    this.levels = new PageLevels(leaf, scratch);
    this.decoders = decoders;
    this.decompressor = PageCodecs.decompressor(codec, scratch);
  }

  /**
   * Expands the page after {@code header}, which the source then stands behind; returns the array
   * that starts with it, {@code held} if that is long enough.
   */
  byte[] expand(PageHeader header, byte[] held) throws IOException {
    takePage(header);
    int length = header.getUncompressed_page_size();
    byte[] expanded = scratch.bytes(held, (long) length + Long.BYTES);
    expand(0, header.getCompressed_page_size(), expanded, length);
    source.skip(header.getCompressed_page_size());
    return expanded;
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

  /** Decodes the data page after {@code header}, which the source then stands behind. */
  void decode(PageHeader header, PageValues values) throws IOException {
    takePage(header);
    values.entries = PageHeaders.entries(header);
    if (header.getType() == PageType.DATA_PAGE_V2) {
      decodeSecondVersion(header, header.getData_page_header_v2(), values);
    } else {
      decodeFirstVersion(header, header.getData_page_header(), values);
    }
    source.skip(header.getCompressed_page_size());
  }

  private void decodeFirstVersion(PageHeader header, DataPageHeader data, PageValues values) {
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

  private void decodeSecondVersion(PageHeader header, DataPageHeaderV2 data, PageValues values) {
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
  }
}
