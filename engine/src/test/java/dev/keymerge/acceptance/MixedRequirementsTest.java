package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.testdata.check.ParquetFileCheck;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges into a dataset whose first file requires a column that the second one does not. */
class MixedRequirementsTest {
  @TempDir private Path directory;

  private Path target;

  @BeforeEach
  void writeTarget() throws IOException {
    target = directory.resolve("target");
    write(target.resolve("a.parquet"), table(true), row(1L, "one"));
    write(target.resolve("b.parquet"), table(false), row(2L, null));
  }

  private static TableSchema table(boolean nameRequired) {
    return TableSchema.of(
        Column.required("id", LogicalType.INT64),
        nameRequired
            ? Column.required("name", LogicalType.STRING)
            : Column.nullable("name", LogicalType.STRING));
  }

  private static Object[] row(Object... values) {
    return values;
  }

  private static void write(Path file, TableSchema schema, Object[]... rows) throws IOException {
    ParquetTableWriter.write(file, schema, List.of(rows), ParquetLayout.standard());
  }

  private MergeResult merge(Path source) {
    try (MergeEngine engine =
        MergeEngine.builder().memoryLimits(MemoryLimits.parse("64m")).threads(1).build()) {
      return engine.merge(
          MergeRequest.builder()
              .source(Source.parquet(source))
              .target(target)
              .keyColumns("id")
              .build());
    }
  }

  private Path addedFile() throws IOException {
    try (Stream<Path> files = Files.list(target)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("keymerge-"))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void rowsWithANullThatTheDatasetAllowsAreInserted() throws IOException {
    Path source = directory.resolve("source.parquet");
    write(source, table(false), row(3L, null), row(4L, "four"));

    assertThat(merge(source).inserted()).isEqualTo(2);
    assertThat(ParquetJavaTableReader.read(List.of(addedFile())).allRows())
        .containsExactly(row(3L, null), row(4L, "four"));
    assertThat(ParquetFileCheck.violations(addedFile())).isEmpty();
  }

  @Test
  void rowsThatLackAColumnWhichTheDatasetDoesNotRequireAreInserted() throws IOException {
    Path source = directory.resolve("source.parquet");
    write(source, TableSchema.of(Column.required("id", LogicalType.INT64)), row(3L));

    assertThat(merge(source).inserted()).isEqualTo(1);
    assertThat(ParquetJavaTableReader.read(List.of(addedFile())).allRows())
        .containsExactly(row(3L, null));
  }

  @Test
  void aNullForARowOfTheFileThatRequiresAValueIsRefused() throws IOException {
    Path source = directory.resolve("source.parquet");
    write(source, table(false), row(2L, "two"), row(1L, null));

    assertThatThrownBy(() -> merge(source))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("Source row 2 has null in column 'name'");
    assertThat(ParquetJavaTableReader.read(List.of(target.resolve("b.parquet"))).allRows())
        .containsExactly(row(2L, null));
  }
}
