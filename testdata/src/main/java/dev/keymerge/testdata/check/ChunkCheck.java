package dev.keymerge.testdata.check;

import dev.keymerge.testdata.check.PageWalk.PagePlace;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.EncodingStats;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.column.values.bloomfilter.BloomFilter;
import org.apache.parquet.example.DummyRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.internal.column.columnindex.ColumnIndex;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** Checks one column chunk, page by page and value by value. Used once. */
final class ChunkCheck {

  private final ParquetFileReader file;
  private final ColumnChunkMetaData chunk;
  private final PageWalk walk;
  private final Findings findings;
  private final ColumnDescriptor column;
  private final @Nullable ColumnIndex columnIndex;
  private final @Nullable OffsetIndex offsetIndex;
  private final @Nullable BloomFilter bloomFilter;
  private final @Nullable ValueBounds chunkBounds;
  private final List<@Nullable ValueBounds> pageBounds;

  private long rows;
  private long nulls;

  ChunkCheck(ParquetFileReader file, ColumnChunkMetaData chunk, PageWalk walk, Findings findings)
      throws IOException {
    this.file = file;
    this.chunk = chunk;
    this.walk = walk;
    this.findings = findings;
    MessageType schema = file.getFileMetaData().getSchema();
    this.column = schema.getColumnDescription(chunk.getPath().toArray());
    this.columnIndex = file.readColumnIndex(chunk);
    this.offsetIndex = file.readOffsetIndex(chunk);
    this.bloomFilter = file.readBloomFilter(chunk);
    this.chunkBounds = ValueBounds.of(chunk.getStatistics());
    this.pageBounds =
        columnIndex == null
            ? Collections.nCopies(walk.dataPages().size(), null)
            : ValueBounds.of(chunk.getPrimitiveType(), columnIndex);
  }

  void run(int rowGroup, long rowsOfGroup) throws IOException {
    int pages = walk.dataPages().size();
    boolean samePages =
        (offsetIndex == null || findings.expect("pages", pages, offsetIndex.getPageCount()))
            && (columnIndex == null
                || findings.expect(
                    "pages of the column index", pages, columnIndex.getNullPages().size()));
    if (!samePages) {
      return;
    }
    checkEncodings(file.readRowGroup(rowGroup).getPageReader(column));
    ColumnReader values = reader(file.readRowGroup(rowGroup));
    for (int page = 0; page < pages; page++) {
      checkPage(page, values);
    }
    findings.expect("rows", rows, rowsOfGroup);
    findings.expect(
        "values",
        walk.dataPages().stream().mapToLong(PagePlace::values).sum(),
        chunk.getValueCount());
    Statistics<?> statistics = chunk.getStatistics();
    boolean countsNulls = statistics != null && statistics.isNumNullsSet();
    if (countsNulls
        && column.getMaxRepetitionLevel() == 0) { // writers count empty lists as they like
      findings.expect("nulls", nulls, statistics.getNumNulls());
    }
    if (columnIndex != null && !ValueBounds.follow(columnIndex.getBoundaryOrder(), pageBounds)) {
      findings.note("pages are not " + columnIndex.getBoundaryOrder());
    }
  }

  private ColumnReader reader(PageReadStore pages) {
    MessageType schema = file.getFileMetaData().getSchema();
    return new ColumnReadStoreImpl(
            pages,
            new DummyRecordConverter(schema).getRootConverter(),
            schema,
            file.getFileMetaData().getCreatedBy())
        .getColumnReader(column);
  }

  private void checkEncodings(PageReader pages) {
    Map<Encoding, Integer> counts = new EnumMap<>(Encoding.class);
    DataPage page;
    while ((page = pages.readPage()) != null) {
      Encoding encoding =
          page instanceof DataPageV1 first
              ? first.getValueEncoding()
              : ((DataPageV2) page).getDataEncoding();
      counts.merge(encoding, 1, Integer::sum);
    }
    EncodingStats stats = chunk.getEncodingStats();
    counts.forEach(
        (encoding, count) -> {
          if (!chunk.getEncodings().contains(encoding)) {
            findings.note("encoding " + encoding + " is not listed");
          }
          if (stats != null) {
            findings.expect(
                "pages of encoding " + encoding, count, stats.getNumDataPagesEncodedAs(encoding));
          }
        });
  }

  private void checkPage(int page, ColumnReader values) {
    Findings ofPage = findings.of("page " + page);
    PagePlace place = walk.dataPages().get(page);
    long firstRow = rows;
    long nullsBefore = nulls;
    List<Comparable<?>> outside = new ArrayList<>();
    for (int value = 0; value < place.values(); value++) {
      rows += values.getCurrentRepetitionLevel() == 0 ? 1 : 0;
      if (values.getCurrentDefinitionLevel() < column.getMaxDefinitionLevel()) {
        nulls++;
      } else {
        checkValue(value(values), pageBounds.get(page), outside);
      }
      values.consume();
    }
    if (!outside.isEmpty()) {
      ofPage.note(
          outside.size()
              + " values are outside of bounds or bloom filter, first "
              + outside.get(0));
    }
    if (offsetIndex != null) {
      ofPage.expect("offset", place.offset(), offsetIndex.getOffset(page));
      ofPage.expect("size", place.bytes(), offsetIndex.getCompressedPageSize(page));
      ofPage.expect("first row", firstRow, offsetIndex.getFirstRowIndex(page));
    }
    if (columnIndex != null) {
      checkNulls(columnIndex, page, nulls - nullsBefore, ofPage);
    }
  }

  private void checkNulls(ColumnIndex index, int page, long nullsOfPage, Findings ofPage) {
    boolean onlyNulls = nullsOfPage == walk.dataPages().get(page).values();
    ofPage.expect("being without values", onlyNulls, index.getNullPages().get(page));
    List<Long> counts = index.getNullCounts();
    if (counts != null && !counts.isEmpty()) {
      ofPage.expect("nulls", nullsOfPage, counts.get(page));
    }
  }

  private void checkValue(
      Comparable<?> value, @Nullable ValueBounds ofPage, List<Comparable<?>> outside) {
    boolean holds =
        (ofPage == null || ofPage.hold(value))
            && (chunkBounds == null || chunkBounds.hold(value))
            && (bloomFilter == null || bloomFilter.findHash(bloomFilter.hash((Object) value)));
    if (!holds) {
      outside.add(value);
    }
  }

  private Comparable<?> value(ColumnReader values) {
    return switch (chunk.getPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> values.getBoolean();
      case INT32 -> values.getInteger();
      case INT64 -> values.getLong();
      case FLOAT -> values.getFloat();
      case DOUBLE -> values.getDouble();
      case BINARY, FIXED_LEN_BYTE_ARRAY, INT96 -> values.getBinary();
    };
  }
}
