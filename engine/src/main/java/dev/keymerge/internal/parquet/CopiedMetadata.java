package dev.keymerge.internal.parquet;

import java.util.Arrays;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.Statistics;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;

/** Makes the footer entry of a copied chunk from that of the original. Pure functions. */
final class CopiedMetadata {
  private CopiedMetadata() {}

  /**
   * Returns the entry of a chunk that was copied from {@code range} to {@code start}.
   *
   * <p>Everything that describes the values stays, but statistics that readers would not have
   * believed the old writer go, since they would believe us. Indexes and bloom filter are left out:
   * whoever copies them sets where they are.
   */
  static ColumnChunk of(ParquetFooter source, int rowGroup, int leaf, CopyRange range, long start) {
    ColumnChunk chunk = source.chunk(rowGroup, leaf).deepCopy();
    chunk.unsetFile_path();
    // No copy of the metadata stands behind the chunk, and readers take 0 to say so.
    chunk.setFile_offset(0);
    chunk.unsetColumn_index_offset();
    chunk.unsetColumn_index_length();
    chunk.unsetOffset_index_offset();
    chunk.unsetOffset_index_length();
    ColumnMetaData metadata = chunk.getMeta_data();
    long shift = start - range.start();
    // What old writers leave out is a page header, which counts in both lengths.
    long leftOut = Math.max(0, range.length() - metadata.getTotal_compressed_size());
    metadata.setTotal_uncompressed_size(metadata.getTotal_uncompressed_size() + leftOut);
    metadata.setTotal_compressed_size(range.length());
    metadata.setData_page_offset(metadata.getData_page_offset() + shift);
    if (metadata.isSetDictionary_page_offset()) {
      if (range.contains(metadata.getDictionary_page_offset())) {
        metadata.setDictionary_page_offset(metadata.getDictionary_page_offset() + shift);
      } else {
        metadata.unsetDictionary_page_offset();
      }
    }
    if (metadata.isSetIndex_page_offset()) {
      if (range.contains(metadata.getIndex_page_offset())) {
        metadata.setIndex_page_offset(metadata.getIndex_page_offset() + shift);
      } else {
        metadata.unsetIndex_page_offset();
      }
    }
    metadata.unsetBloom_filter_offset();
    metadata.unsetBloom_filter_length();
    dropUntrusted(
        metadata,
        CreatedBy.of(source.thrift().getCreated_by()),
        source.leaves().get(leaf).getPrimitiveType());
    return chunk;
  }

  private static void dropUntrusted(ColumnMetaData metadata, CreatedBy writer, PrimitiveType type) {
    if (!metadata.isSetStatistics()) {
      return;
    }
    if (!writer.statisticsTrusted(type)) {
      metadata.unsetStatistics();
      return;
    }
    Statistics statistics = metadata.getStatistics();
    boolean single =
        statistics.isSetMin()
            && statistics.isSetMax()
            && Arrays.equals(statistics.getMin(), statistics.getMax());
    if (!writer.unsignedBoundsTrusted() && !comparedAsSigned(type) && !single) {
      statistics.unsetMin();
      statistics.unsetMax();
      statistics.unsetMin_value();
      statistics.unsetMax_value();
    }
  }

  private static boolean comparedAsSigned(PrimitiveType type) {
    LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
    if (annotation instanceof IntLogicalTypeAnnotation integer) {
      return integer.isSigned();
    }
    return switch (type.getPrimitiveTypeName()) {
      case BOOLEAN, INT32, INT64, FLOAT, DOUBLE ->
          annotation == null
              || annotation instanceof DecimalLogicalTypeAnnotation
              || annotation instanceof DateLogicalTypeAnnotation
              || annotation instanceof TimeLogicalTypeAnnotation
              || annotation instanceof TimestampLogicalTypeAnnotation;
      case BINARY, FIXED_LEN_BYTE_ARRAY -> annotation instanceof DecimalLogicalTypeAnnotation;
      case INT96 -> false;
    };
  }
}
