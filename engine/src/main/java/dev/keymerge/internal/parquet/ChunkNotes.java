package dev.keymerge.internal.parquet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.statistics.SizeStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnIndex;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Type;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.internal.column.columnindex.ColumnIndexBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Takes note of every page of a chunk that is being encoded and makes the chunk's metadata and
 * indexes from that.
 *
 * <p>Not thread-safe.
 */
final class ChunkNotes {
  /** How many bytes of a bound the column index keeps. */
  static final int BOUND_BYTES = 64;

  /** About what one page costs in the heap until the chunk is finished. */
  private static final int PAGE_NOTE_BYTES = 256;

  private final ColumnDescriptor leaf;
  private final boolean indexed;
  private final boolean bounded;
  private final ScratchArrays scratch;
  private final Set<org.apache.parquet.format.Encoding> encodings =
      EnumSet.noneOf(org.apache.parquet.format.Encoding.class);
  private final Map<PageType, Map<org.apache.parquet.format.Encoding, Integer>> pageCounts =
      new TreeMap<>();
  private final List<PageLocation> locations = new ArrayList<>();
  private final List<Long> unencodedBytes = new ArrayList<>();
  private final SizeStatistics totalSizes;
  private ColumnIndexBuilder bounds;
  private @Nullable Statistics<?> totalStatistics;
  private boolean statisticsValid = true;
  private boolean sizesValid = true;
  private long values;
  private long rows;
  private long dataBytes;
  private long dataBytesUncompressed;
  private long dictionaryBytes;
  private long dictionaryBytesUncompressed;

  /**
   * Starts the notes of one chunk.
   *
   * @param leaf the column as it is encoded
   * @param indexing whether statistics and indexes are asked for
   * @param bounded whether bounds of the column's values mean something to readers
   * @param scratch charged with what the notes cost
   */
  ChunkNotes(
      ColumnDescriptor leaf, ChunkIndexing indexing, boolean bounded, ScratchArrays scratch) {
    this.leaf = leaf;
    this.indexed = indexing == ChunkIndexing.FULL;
    this.bounded = indexed && bounded;
    this.scratch = scratch;
    this.totalSizes =
        SizeStatistics.newBuilder(
                leaf.getPrimitiveType(), leaf.getMaxRepetitionLevel(), leaf.getMaxDefinitionLevel())
            .build();
    this.bounds =
        this.bounded
            ? ColumnIndexBuilder.getBuilder(leaf.getPrimitiveType(), BOUND_BYTES)
            : ColumnIndexBuilder.getNoOpBuilder();
  }

  /**
   * States the facts of one data page.
   *
   * @param type layout
   * @param encoding encoding of the values
   * @param values entries, nulls included
   * @param rows rows that start in it, which is all rows of it
   * @param bytes length in the file, header included
   * @param bytesUncompressed the same before compression
   */
  record Page(
      PageType type, Encoding encoding, int values, int rows, int bytes, int bytesUncompressed) {}

  /** Returns the name of an encoding in the file format. */
  static org.apache.parquet.format.Encoding format(Encoding encoding) {
    return org.apache.parquet.format.Encoding.valueOf(encoding.name());
  }

  /** Notes how the levels of pages of version 1 are encoded. */
  void levels(Encoding repetition, Encoding definition) {
    encodings.add(format(repetition));
    encodings.add(format(definition));
  }

  /** Notes a data page with what the encoder found out about its values. */
  void dataPage(Page page, Statistics<?> statistics, @Nullable SizeStatistics sizes) {
    scratch.charge(PAGE_NOTE_BYTES);
    if (page.type() == PageType.DATA_PAGE_V2) {
      encodings.add(org.apache.parquet.format.Encoding.RLE);
    }
    count(page.type(), page.encoding());
    locations.add(new PageLocation(dataBytes, page.bytes(), rows));
    values += page.values();
    rows += page.rows();
    dataBytes += page.bytes();
    dataBytesUncompressed += page.bytesUncompressed();
    if (indexed) {
      noteSizes(sizes);
      noteStatistics(statistics, sizesValid ? sizes : null);
    }
  }

  /** Notes the dictionary page and its lengths, header included. */
  void dictionaryPage(Encoding encoding, long bytes, long bytesUncompressed) {
    count(PageType.DICTIONARY_PAGE, encoding);
    dictionaryBytes = bytes;
    dictionaryBytesUncompressed = bytesUncompressed;
  }

  /** Returns how many rows the pages hold so far. */
  long rows() {
    return rows;
  }

  /** Returns how many data pages there are so far. */
  int pages() {
    return locations.size();
  }

  /** Makes the metadata of the chunk, which starts at {@code start} in the file. */
  ColumnMetaData metadata(CompressionCodec codec, long start) {
    ColumnMetaData metadata =
        new ColumnMetaData(
            Type.valueOf(formatType()),
            new ArrayList<>(encodings),
            List.of(leaf.getPath()),
            codec,
            values,
            dictionaryBytesUncompressed + dataBytesUncompressed,
            dictionaryBytes + dataBytes,
            start + dictionaryBytes);
    if (dictionaryBytes > 0) {
      metadata.setDictionary_page_offset(start);
    }
    metadata.setEncoding_stats(encodingStatistics());
    Statistics<?> total = totalStatistics;
    if (indexed && total != null && statisticsValid) {
      org.apache.parquet.format.Statistics written =
          ParquetMetadataConverter.toParquetStatistics(total);
      if (!written.isSetNull_count()) {
        // Bounds that are too long to be written take the count along.
        written.setNull_count(total.getNumNulls());
      }
      if (!bounded) {
        written.unsetMin_value();
        written.unsetMax_value();
      }
      metadata.setStatistics(written);
    }
    if (indexed && sizesValid && !locations.isEmpty()) {
      metadata.setSize_statistics(ParquetMetadataConverter.toParquetSizeStatistics(totalSizes));
    }
    return metadata;
  }

  /** Makes the serialized column index; null if there is none. */
  byte @Nullable [] columnIndex() throws IOException {
    if (!bounded
        || !statisticsValid
        || locations.isEmpty()
        || bounds.getMinMaxSize()
            > bounds.getPageCount() * ParquetMetadataConverter.MAX_STATS_SIZE) {
      return null;
    }
    ColumnIndex index =
        ParquetMetadataConverter.toParquetColumnIndex(leaf.getPrimitiveType(), bounds.build());
    if (index == null) {
      return null;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Util.writeColumnIndex(index, bytes);
    return bytes.toByteArray();
  }

  /**
   * Makes the serialized offset index of a chunk that starts at {@code start}; null if there is
   * none.
   */
  byte @Nullable [] offsetIndex(long start) throws IOException {
    if (!indexed || locations.isEmpty()) {
      return null;
    }
    for (PageLocation location : locations) {
      location.setOffset(location.getOffset() + start + dictionaryBytes);
    }
    OffsetIndex index = new OffsetIndex(locations);
    if (sizesValid && unencodedBytes.size() == locations.size()) {
      index.setUnencoded_byte_array_data_bytes(unencodedBytes);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Util.writeOffsetIndex(index, bytes);
    return bytes.toByteArray();
  }

  private void count(PageType type, Encoding encoding) {
    encodings.add(format(encoding));
    pageCounts
        .computeIfAbsent(type, unused -> new TreeMap<>())
        .merge(format(encoding), 1, Integer::sum);
  }

  private void noteSizes(@Nullable SizeStatistics sizes) {
    totalSizes.mergeStatistics(sizes);
    sizesValid = totalSizes.isValid();
    if (sizes != null) {
      sizes.getUnencodedByteArrayDataBytes().ifPresent(unencodedBytes::add);
    }
  }

  private void noteStatistics(Statistics<?> statistics, @Nullable SizeStatistics sizes) {
    if (!statisticsValid) {
      return;
    }
    if (statistics.isEmpty()) {
      // One page without statistics makes those of the chunk meaningless.
      statisticsValid = false;
      bounds = ColumnIndexBuilder.getNoOpBuilder();
      return;
    }
    if (totalStatistics == null) {
      totalStatistics = statistics.copy();
    } else {
      totalStatistics.mergeStatistics(statistics);
    }
    bounds.add(statistics, sizes);
  }

  private List<PageEncodingStats> encodingStatistics() {
    List<PageEncodingStats> result = new ArrayList<>();
    pageCounts.forEach(
        (type, counts) ->
            counts.forEach(
                (encoding, pages) -> result.add(new PageEncodingStats(type, encoding, pages))));
    return result;
  }

  private String formatType() {
    switch (leaf.getPrimitiveType().getPrimitiveTypeName()) {
      case BINARY:
        return "BYTE_ARRAY";
      default:
        return leaf.getPrimitiveType().getPrimitiveTypeName().name();
    }
  }
}
