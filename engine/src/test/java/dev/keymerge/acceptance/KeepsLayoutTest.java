package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.testdata.check.ParquetFileCheck;
import dev.keymerge.testdata.duckdb.DuckDbTableWriter;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.parquet.column.values.bloomfilter.BloomFilter;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.SortingColumn;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares footers and bytes of files before and after a merge that changes a little of them. */
class KeepsLayoutTest {
  private static final int ROWS = 1000;
  private static final int GROUP_ROWS = 200;
  private static final int CHANGED_GROUP = 2;
  private static final long CHANGED_ID = 450;
  private static final int ID = 0;
  private static final int NAME = 1;
  private static final int AMOUNT = 2;

  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64),
          Column.nullable("name", LogicalType.STRING),
          Column.nullable("amount", LogicalType.decimal(12, 2)),
          Column.nullable("note", LogicalType.STRING));

  @TempDir private Path directory;

  private Path target;

  @BeforeEach
  void nameTarget() {
    target = directory.resolve("target.parquet");
  }

  private static List<@Nullable Object[]> rows() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (long id = 0; id < ROWS; id++) {
      String note = id % 7 == 0 ? null : "note " + id % 5;
      rows.add(new @Nullable Object[] {id, "name " + id, BigDecimal.valueOf(id * 100, 2), note});
    }
    return rows;
  }

  private static ParquetLayout.Builder layout() {
    return ParquetLayout.builder()
        .rowGroupRows(GROUP_ROWS)
        .pageRows(50)
        .codec(CompressionCodecName.SNAPPY)
        .withFieldIds()
        .withoutDictionaryFor("id", "name")
        .bloomFilters("id", "name")
        .metadata("origin", "test")
        .metadata("ARROW:schema", "text that only its writer reads");
  }

  private FileMetaData write(ParquetLayout layout, int sortColumn) throws IOException {
    ParquetTableWriter.write(target, SCHEMA, rows(), layout);
    RawFooter footer = RawFooter.read(target);
    for (RowGroup group : footer.metadata().getRow_groups()) {
      group.setSorting_columns(List.of(new SortingColumn(sortColumn, false, true)));
    }
    footer.write(target);
    return RawFooter.read(target).metadata();
  }

  private MergeResult update(String column, LogicalType type, Object value) throws IOException {
    Path source = directory.resolve("source.parquet");
    TableSchema schema =
        TableSchema.of(Column.required("id", LogicalType.INT64), Column.nullable(column, type));
    ParquetTableWriter.write(
        source,
        schema,
        List.<@Nullable Object[]>of(new Object[] {CHANGED_ID, value}),
        ParquetLayout.standard());
    return merge(source, Strategy.UPDATE);
  }

  private MergeResult delete(long... ids) throws IOException {
    Path source = directory.resolve("source.parquet");
    ParquetTableWriter.write(
        source,
        TableSchema.of(Column.required("id", LogicalType.INT64)),
        Arrays.stream(ids).mapToObj(id -> new @Nullable Object[] {id}).toList(),
        ParquetLayout.standard());
    return merge(source, Strategy.DELETE);
  }

  private MergeResult merge(Path source, Strategy strategy) {
    try (MergeEngine engine =
        MergeEngine.builder().memoryLimits(MemoryLimits.ofBytes(256 << 20)).threads(1).build()) {
      return engine.merge(
          MergeRequest.builder()
              .source(Source.parquet(source))
              .target(target)
              .keyColumns("id")
              .strategy(strategy)
              .build());
    }
  }

  /** Checks all that no merge may change but in the chunks of some columns of one row group. */
  private void checkKept(FileMetaData before, byte[] bytesBefore, Set<Integer> changed)
      throws IOException {
    FileMetaData after = RawFooter.read(target).metadata();
    byte[] bytes = Files.readAllBytes(target);
    assertThat(after.getSchema()).isEqualTo(before.getSchema());
    assertThat(after.getKey_value_metadata()).isEqualTo(before.getKey_value_metadata());
    assertThat(after.getColumn_orders()).isEqualTo(before.getColumn_orders());
    assertThat(after.getRow_groups()).hasSameSizeAs(before.getRow_groups());
    for (int group = 0; group < after.getRow_groupsSize(); group++) {
      for (int column = 0; column < SCHEMA.size(); column++) {
        ColumnChunk old = chunk(before, group, column);
        ColumnChunk now = chunk(after, group, column);
        assertThat(now.getMeta_data().getCodec()).isEqualTo(old.getMeta_data().getCodec());
        assertThat(now.getMeta_data().isSetBloom_filter_offset())
            .isEqualTo(old.getMeta_data().isSetBloom_filter_offset());
        if (group != CHANGED_GROUP || !changed.contains(column)) {
          assertThat(now.isSetColumn_index_offset()).isEqualTo(old.isSetColumn_index_offset());
          assertThat(now.isSetOffset_index_offset()).isEqualTo(old.isSetOffset_index_offset());
          assertThat(now.getMeta_data().getStatistics())
              .isEqualTo(old.getMeta_data().getStatistics());
          assertThat(pages(bytes, now)).isEqualTo(pages(bytesBefore, old));
        }
      }
    }
    assertThat(ParquetFileCheck.violations(target)).isEmpty();
  }

  private static ColumnChunk chunk(FileMetaData footer, int group, int column) {
    return footer.getRow_groups().get(group).getColumns().get(column);
  }

  private static byte[] pages(byte[] file, ColumnChunk chunk) {
    ColumnMetaData metadata = chunk.getMeta_data();
    long start =
        metadata.isSetDictionary_page_offset()
            ? metadata.getDictionary_page_offset()
            : metadata.getData_page_offset();
    return Arrays.copyOfRange(
        file, (int) start, (int) (start + metadata.getTotal_compressed_size()));
  }

  private static List<Long> groupRows(FileMetaData footer) {
    return footer.getRow_groups().stream().map(RowGroup::getNum_rows).toList();
  }

  private static List<Boolean> sorted(FileMetaData footer) {
    return footer.getRow_groups().stream().map(RowGroup::isSetSorting_columns).toList();
  }

  @Test
  void anUpdateChangesOneChunkAndNothingElse() throws IOException {
    FileMetaData before = write(layout().build(), ID);
    byte[] bytes = Files.readAllBytes(target);

    MergeResult result = update("amount", LogicalType.decimal(12, 2), new BigDecimal("0.07"));

    assertThat(result.updated()).isEqualTo(1);
    checkKept(before, bytes, Set.of(AMOUNT));
    FileMetaData after = RawFooter.read(target).metadata();
    assertThat(groupRows(after)).isEqualTo(groupRows(before));
    assertThat(chunk(after, CHANGED_GROUP, AMOUNT).isSetOffset_index_offset()).isTrue();
    assertThat(chunk(after, CHANGED_GROUP, AMOUNT).isSetColumn_index_offset()).isTrue();
    assertThat(after.getRow_groups())
        .extracting(RowGroup::getSorting_columns)
        .isEqualTo(before.getRow_groups().stream().map(RowGroup::getSorting_columns).toList());
  }

  @Test
  void anUpdateOfASortColumnEndsTheOrderOfItsRowGroupOnly() throws IOException {
    write(layout().build(), AMOUNT);
    update("amount", LogicalType.decimal(12, 2), new BigDecimal("0.07"));
    assertThat(sorted(RawFooter.read(target).metadata()))
        .containsExactly(true, true, false, true, true);
  }

  @Test
  void aDeleteKeepsTheOrderAndTheOtherRowGroups() throws IOException {
    FileMetaData before = write(layout().build(), AMOUNT);
    byte[] bytes = Files.readAllBytes(target);

    delete(CHANGED_ID, CHANGED_ID + 1);

    checkKept(before, bytes, Set.of(0, 1, 2, 3));
    FileMetaData after = RawFooter.read(target).metadata();
    assertThat(groupRows(after)).containsExactly(200L, 200L, 198L, 200L, 200L);
    assertThat(sorted(after)).containsExactly(true, true, true, true, true);
  }

  @Test
  void aBloomFilterOfAChangedChunkKnowsTheNewValue() throws IOException {
    FileMetaData before = write(layout().build(), ID);
    byte[] bytes = Files.readAllBytes(target);
    assertThat(mayHold(CHANGED_GROUP, "another name")).isFalse();

    update("name", LogicalType.STRING, "another name");

    checkKept(before, bytes, Set.of(NAME));
    assertThat(mayHold(CHANGED_GROUP, "another name")).isTrue();
    assertThat(mayHold(CHANGED_GROUP - 1, "another name")).isFalse();
    for (long id = 400; id < 600; id++) {
      assertThat(mayHold(CHANGED_GROUP, "name " + id) || id == CHANGED_ID).isTrue();
    }
  }

  private boolean mayHold(int group, String name) throws IOException {
    BloomFilter filter = RawFooter.bloomFilter(target, group, NAME);
    return filter.findHash(filter.hash(Binary.fromString(name)));
  }

  @Test
  void aFileWithoutPageIndexesStaysReadableAndGainsNoneByCopying() throws IOException {
    FileMetaData before = write(layout().withoutPageIndex().build(), ID);
    byte[] bytes = Files.readAllBytes(target);
    assertThat(chunk(before, 0, ID).isSetOffset_index_offset()).isFalse();
    update("amount", LogicalType.decimal(12, 2), null);
    checkKept(before, bytes, Set.of(AMOUNT));
  }

  @Test
  void aFileOfDuckDbKeepsItsLayout() throws IOException {
    Path original = directory.resolve("original.parquet");
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (long id = 0; id < 10_000; id++) {
      rows.add(new Object[] {id, "name " + id % 9, BigDecimal.valueOf(id * 100, 2), "note"});
    }
    ParquetTableWriter.write(original, SCHEMA, rows, ParquetLayout.standard());
    DuckDbTableWriter.copy(original, target, "zstd", 2048);
    FileMetaData before = RawFooter.read(target).metadata();
    byte[] bytes = Files.readAllBytes(target);

    Path source = directory.resolve("source.parquet");
    ParquetTableWriter.write(
        source,
        TableSchema.of(
            Column.required("id", LogicalType.INT64), Column.nullable("note", LogicalType.STRING)),
        List.<@Nullable Object[]>of(new Object[] {CHANGED_GROUP * 2048L + 5, "changed"}),
        ParquetLayout.standard());
    assertThat(merge(source, Strategy.UPDATE).updated()).isEqualTo(1);

    checkKept(before, bytes, Set.of(3));
    assertThat(groupRows(RawFooter.read(target).metadata())).isEqualTo(groupRows(before));
  }
}
