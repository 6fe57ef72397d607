package dev.keymerge.internal.parquet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.format.BloomFilterHeader;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.Util;
import org.jspecify.annotations.Nullable;

/**
 * Says where the bloom filter of a chunk lies in its file; older files tell only where it starts.
 * Immutable.
 *
 * @param offset where its header starts
 * @param headerBytes length of the header
 * @param bitBytes length of the bits behind the header
 */
record BloomRange(long offset, int headerBytes, int bitBytes) {
  private static final int LONGEST_HEADER = 256;
  private static final int BLOCK_BYTES = 32;

  /**
   * Returns where the filter of a chunk lies, or null if it has none, or one that is of no kind
   * that is known.
   */
  static @Nullable BloomRange find(ParquetFile source, int rowGroup, int leaf) throws IOException {
    ColumnMetaData metadata = source.footer().chunk(rowGroup, leaf).getMeta_data();
    if (!metadata.isSetBloom_filter_offset() || metadata.getBloom_filter_offset() <= 0) {
      return null;
    }
    long offset = metadata.getBloom_filter_offset();
    long room = source.input().size() - offset;
    if (room <= 0) {
      throw malformed(source, offset);
    }
    byte[] start = new byte[(int) Math.min(LONGEST_HEADER, room)];
    source.input().readFully(offset, ByteBuffer.wrap(start));
    BloomFilterHeader header;
    int headerBytes;
    try {
      headerBytes = ThriftShape.end(start, 0, start.length);
      if (headerBytes < 0) {
        throw malformed(source, offset);
      }
      header = Util.readBloomFilterHeader(new ByteArrayInputStream(start, 0, headerBytes));
    } catch (IOException | RuntimeException e) {
      throw malformed(source, offset);
    }
    int bitBytes = header.getNumBytes();
    if (bitBytes < BLOCK_BYTES
        || bitBytes % BLOCK_BYTES != 0
        || bitBytes > BlockSplitBloomFilter.UPPER_BOUND_BYTES
        || bitBytes > room - headerBytes) {
      throw malformed(source, offset);
    }
    boolean known =
        header.getAlgorithm().isSetBLOCK()
            && header.getHash().isSetXXHASH()
            && header.getCompression().isSetUNCOMPRESSED();
    return known ? new BloomRange(offset, headerBytes, bitBytes) : null;
  }

  /** Returns the length of header and bits. */
  int bytes() {
    return headerBytes + bitBytes;
  }

  private static RuntimeException malformed(ParquetFile source, long offset) {
    return FilePlace.of(source.input().path())
        .malformed("there is no bloom filter at offset " + offset);
  }
}
