package dev.keymerge.internal.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.DatasetInfo;
import dev.keymerge.DatasetInfo.Advice;
import dev.keymerge.DatasetInfo.ColumnInfo;
import dev.keymerge.DatasetInfo.Coverage;
import dev.keymerge.DatasetInfo.FileInfo;
import dev.keymerge.DatasetInfo.KeyRange;
import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetInspectorTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("name", LogicalType.STRING));

  @TempDir private Path directory;
  private final MemoryBudget budget = new MemoryBudget(16 << 20);

  @AfterEach
  void allMemoryIsGivenBack() {
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void countsAndSizesAddUpOverFiles() throws IOException {
    write("a.parquet", 0, 25, ParquetLayout.builder().rowGroupRows(10));
    write("deep/b.parquet", 100, 5, ParquetLayout.builder());
    write("_hidden.parquet", 0, 1, ParquetLayout.builder());

    DatasetInfo info = inspect();

    assertThat(info.rows()).isEqualTo(30);
    assertThat(info.rowGroups()).isEqualTo(4);
    assertThat(info.bytes())
        .isEqualTo(
            Files.size(directory.resolve("a.parquet"))
                + Files.size(directory.resolve("deep/b.parquet")));
    assertThat(info.files())
        .extracting(FileInfo::path)
        .containsExactly("a.parquet", "deep/b.parquet");
    assertThat(info.files()).extracting(FileInfo::rowGroups).containsExactly(3, 1);
    assertThat(info.columns()).extracting(ColumnInfo::name).containsExactly("id", "name");
    assertThat(info.columns())
        .extracting(ColumnInfo::type)
        .containsExactly("INT64", "BINARY STRING");
  }

  @Test
  void keyRangesSpanAllRowGroupsOfAFile() throws IOException {
    write("a.parquet", -3, 25, ParquetLayout.builder().rowGroupRows(10));

    assertThat(inspect("id", "name").files().get(0).keyRanges())
        .containsExactly(
            new KeyRange("id", "-3", "21", 0), new KeyRange("name", "name -1", "name 9", 0));
  }

  @Test
  void keyRangesAreUnknownWithoutStatistics() throws IOException {
    write("a.parquet", 0, 5, ParquetLayout.builder().withoutStatistics());

    DatasetInfo info = inspect("id");

    assertThat(info.files().get(0).keyRanges()).containsExactly(new KeyRange("id", "", "", -1));
    assertThat(info.files().get(0).statistics()).isEqualTo(Coverage.NONE);
    assertThat(findings(info)).anyMatch(finding -> finding.contains("without bounds of the key"));
  }

  @Test
  void codecsAndIndexesAreThoseOfTheChunks() throws IOException {
    write(
        "a.parquet",
        0,
        50,
        ParquetLayout.builder()
            .withoutDictionary()
            .bloomFilters("id")
            .codec(CompressionCodecName.GZIP));
    write(
        "b.parquet",
        50,
        50,
        ParquetLayout.builder().withoutPageIndex().codec(CompressionCodecName.SNAPPY));

    DatasetInfo info = inspect("id");

    assertThat(info.columns().get(0).codecs()).containsExactly("gzip", "snappy");
    assertThat(info.columns().get(0).pageIndex()).isEqualTo(Coverage.SOME);
    assertThat(info.columns().get(0).bloomFilter()).isEqualTo(Coverage.SOME);
    assertThat(info.columns().get(1).bloomFilter()).isEqualTo(Coverage.NONE);
    assertThat(info.files())
        .extracting(FileInfo::pageIndex)
        .containsExactly(Coverage.ALL, Coverage.NONE);
    assertThat(info.files())
        .extracting(FileInfo::bloomFilter)
        .containsExactly(Coverage.ALL, Coverage.NONE);
    assertThat(findings(info)).containsExactly("1 of 2 files has no page index for the key.");
  }

  @Test
  void keysThatAreEverywhereAreAdvisedOn() throws IOException {
    for (int file = 0; file < 6; file++) {
      write("scattered" + file + ".parquet", file, 40, ParquetLayout.builder());
    }

    assertThat(findings(inspect("id")))
        .containsExactly("The key is not clustered: a value of id may stand in 4 of 6 row groups.");
  }

  @Test
  void clusteredKeysAndAFewGoodFilesNeedNoAdvice() throws IOException {
    for (int file = 0; file < 6; file++) {
      write("clustered" + file + ".parquet", file * 100L, 40, ParquetLayout.builder());
    }

    assertThat(inspect("id").advice()).isEmpty();
  }

  @Test
  void smallFilesAndSmallRowGroupsAreAdvisedOn() throws IOException {
    for (int file = 0; file < 16; file++) {
      write("f" + file + ".parquet", file * 100L, 40, ParquetLayout.builder().rowGroupRows(10));
    }

    assertThat(findings(inspect()))
        .containsExactly(
            "16 of 16 files have row groups of fewer than 10,000 rows on average.",
            "16 of 16 files are smaller than 8 MiB.");
  }

  @Test
  void aFileOfOtherColumnsIsNamed() throws IOException {
    write("a.parquet", 0, 5, ParquetLayout.builder());
    ParquetTableWriter.write(
        directory.resolve("b.parquet"),
        TableSchema.of(Column.required("id", LogicalType.INT32)),
        List.of(),
        ParquetLayout.standard());

    assertThat(findings(inspect("id")))
        .containsExactly("1 of 2 files has other columns than the first file, such as b.parquet.");
  }

  @Test
  void partitionDirectoriesAreAdvisedOnAndMayHoldTheKey() throws IOException {
    write("day=2026-01-01/a.parquet", 0, 5, ParquetLayout.builder());

    DatasetInfo info = inspect("day", "id");

    assertThat(info.files().get(0).keyRanges())
        .containsExactly(new KeyRange("day", "", "", -1), new KeyRange("id", "0", "4", 0));
    assertThat(findings(info)).anyMatch(finding -> finding.contains("day=2026-01-01"));
  }

  @Test
  void aSingleFileIsADatasetToo() throws IOException {
    write("a.parquet", 0, 5, ParquetLayout.builder());

    DatasetInfo info = inspect(directory.resolve("a.parquet"), List.of());

    assertThat(info.files()).extracting(FileInfo::path).containsExactly("a.parquet");
  }

  @Test
  void anUnknownKeyIsAnsweredWithTheColumns() throws IOException {
    write("a.parquet", 0, 5, ParquetLayout.builder());

    assertThatThrownBy(() -> inspect("idd"))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("'idd'")
        .extracting(e -> ((MergeException) e).remedy())
        .asString()
        .contains("id, name");
  }

  @Test
  void nothingAndAnEmptyDirectoryAreRefused() {
    assertThatThrownBy(() -> inspect(directory.resolve("missing"), List.of()))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("missing");
    assertThatThrownBy(this::inspect)
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("no .parquet file");
  }

  @Test
  void aDamagedFileIsNamed() throws IOException {
    Files.writeString(directory.resolve("broken.parquet"), "this is no Parquet file");

    assertThatThrownBy(this::inspect)
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("broken.parquet");
  }

  private void write(String path, long firstId, int rows, ParquetLayout.Builder layout)
      throws IOException {
    List<Object[]> values = new ArrayList<>();
    for (long id = firstId; id < firstId + rows; id++) {
      values.add(new Object[] {id, "name " + id});
    }
    ParquetTableWriter.write(directory.resolve(path), SCHEMA, values, layout.build());
  }

  private DatasetInfo inspect(String... keyColumns) {
    return inspect(directory, List.of(keyColumns));
  }

  private DatasetInfo inspect(Path target, List<String> keyColumns) {
    try (ParquetMemory memory = new ParquetMemory(budget, "inspection")) {
      return new DatasetInspector(new LocalStorage(), memory, keyColumns)
          .inspect(target.toString());
    }
  }

  private static List<String> findings(DatasetInfo info) {
    return info.advice().stream().map(Advice::finding).toList();
  }
}
