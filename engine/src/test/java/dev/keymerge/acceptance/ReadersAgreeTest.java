package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.testdata.arrow.ArrowDatasetTableReader;
import dev.keymerge.testdata.cases.MergeCase;
import dev.keymerge.testdata.check.ParquetFileCheck;
import dev.keymerge.testdata.duckdb.DuckDbTableReader;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.ValueOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Has three readers read every file that random merges leave, and finds what they disagree on. */
class ReadersAgreeTest {
  private static final long FIRST_SEED = 7_000;
  private static final int SEEDS = 40;

  @TempDir private Path directory;

  @Test
  void everyFileAfterAMergeIsReadAlikeByAll() throws IOException {
    int merged = 0;
    try (MergeEngine engine =
        MergeEngine.builder().memoryLimits(MemoryLimits.ofBytes(256 << 20)).threads(2).build()) {
      for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
        MergeCase merge = MergeCase.ofSeed(seed);
        CaseFiles files = new CaseFiles(directory.resolve("case-" + seed), merge);
        files.writeTarget();
        if (succeeds(engine, files)) {
          merged++;
          for (Path file : parquetFiles(files.root())) {
            checkFile(merge, file);
          }
        }
      }
    }
    assertThat(merged).isGreaterThan(SEEDS / 2);
  }

  private static boolean succeeds(MergeEngine engine, CaseFiles files) throws IOException {
    try (CaseSource source = CaseSource.write(files.merge(), files.directory().resolve("source"))) {
      engine.merge(CaseRequest.of(files.merge().rules(), source.source(), files.target()));
      return true;
    } catch (MergeException refusal) {
      // Whether it had to refuse is another test's question.
      return false;
    }
  }

  private static List<Path> parquetFiles(Path target) throws IOException {
    if (!Files.exists(target)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(target)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  private static void checkFile(MergeCase merge, Path file) throws IOException {
    assertThat(ParquetFileCheck.violations(file)).as("%s", merge).isEmpty();
    List<Path> files = List.of(file);
    Table rows = ParquetJavaTableReader.read(files);
    TableSchema schema = rows.schema();
    assertSame(merge, "Arrow, " + file, rows, ArrowDatasetTableReader.read(schema, files));
    TableSchema exact =
        TableSchema.of(
            schema.columns().stream()
                .filter(column -> DuckDbTableReader.isExact(column.type()))
                .toArray(Column[]::new));
    assertSame(merge, "DuckDB, " + file, rows, DuckDbTableReader.read(exact, files));
  }

  /** Compares the columns that {@code actual} has. */
  private static void assertSame(MergeCase merge, String reader, Table expected, Table actual) {
    List<@Nullable Object[]> expectedRows = expected.allRows();
    List<@Nullable Object[]> actualRows = actual.allRows();
    assertThat(actualRows).as("%s: %s", merge, reader).hasSameSizeAs(expectedRows);
    for (Column column : actual.schema().columns()) {
      int left = expected.schema().position(column.name());
      int right = actual.schema().position(column.name());
      for (int row = 0; row < actualRows.size(); row++) {
        Object wanted = expectedRows.get(row)[left];
        Object found = actualRows.get(row)[right];
        boolean same =
            wanted == null || found == null ? wanted == found : ValueOrder.same(wanted, found);
        assertThat(same)
            .as("%s: %s, column %s, row %s: %s, not %s", merge, reader, column, row, found, wanted)
            .isTrue();
      }
    }
  }
}
