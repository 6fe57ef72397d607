package dev.keymerge.internal.inspect;

import dev.keymerge.DatasetInfo.ColumnInfo;
import dev.keymerge.internal.parquet.ParquetFooter;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;

/** Adds up the chunks of one leaf column, over one file or many. Not thread-safe. */
final class ColumnTotals {
  final CoverageCount statistics = new CoverageCount();
  final CoverageCount pageIndex = new CoverageCount();
  final CoverageCount bloomFilter = new CoverageCount();
  final SortedSet<String> codecs = new TreeSet<>();
  private final String name;
  private final String type;
  private long compressedBytes;
  private long uncompressedBytes;

  ColumnTotals(String name, String type) {
    this.name = name;
    this.type = type;
  }

  /** Counts the chunk of {@code leaf} in one row group. */
  void add(ParquetFooter footer, int rowGroup, int leaf) {
    ColumnChunk chunk = footer.chunk(rowGroup, leaf);
    ColumnMetaData data = chunk.getMeta_data();
    codecs.add(data.getCodec().name().toLowerCase(Locale.ROOT));
    compressedBytes += data.getTotal_compressed_size();
    uncompressedBytes += data.getTotal_uncompressed_size();
    statistics.add(footer.statistics(rowGroup, leaf) != null);
    pageIndex.add(chunk.isSetOffset_index_offset() && chunk.isSetColumn_index_offset());
    bloomFilter.add(data.isSetBloom_filter_offset());
  }

  /** Returns the compressed bytes of the chunks counted so far. */
  long compressedBytes() {
    return compressedBytes;
  }

  /** Returns what was counted. */
  ColumnInfo info() {
    return new ColumnInfo(
        name,
        type,
        List.copyOf(codecs),
        compressedBytes,
        uncompressedBytes,
        statistics.coverage(),
        pageIndex.coverage(),
        bloomFilter.coverage());
  }
}
