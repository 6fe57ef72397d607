package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.duckdb.DuckDb;
import dev.keymerge.testdata.duckdb.LargeTables;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Changes columns in all rows, in one row and in none, in many blocks of matches. */
class ChangedColumnsTest {
  private static final int ROWS = 100_000;
  private static final long MEMORY_BYTES = 64 << 20;

  @TempDir private Path directory;

  /**
   * The columns of the target are the key, then a and b in one order or the other, then one that
   * stays.
   */
  @ParameterizedTest
  @CsvSource({
    "a + 1, CASE WHEN id = 99999 THEN -1 ELSE b END, 100000, 2",
    "a + 1, CASE WHEN id = 0 THEN -1 ELSE b END, 100000, 2",
    "CASE WHEN id = 99999 THEN -1 ELSE a END, b + 1, 100000, 2",
    "CASE WHEN id = 99999 THEN -1 ELSE a END, CASE WHEN id <> 99999 THEN -1 ELSE b END, 100000, 2",
    "CASE WHEN id = 99999 THEN -1 ELSE a END, b, 1, 3",
    "a, CASE WHEN id = 99999 THEN -1 ELSE b END, 1, 3",
    "a + 1, b, 100000, 3"
  })
  void findsEveryColumnThatDiffersInAnyRowAndNoOther(String a, String b, int updated, int copied)
      throws Exception {
    Path target = Files.createDirectory(directory.resolve("target"));
    Path source = directory.resolve("source.parquet");
    try (DuckDb database = DuckDb.open()) {
      LargeTables tables = new LargeTables(database);
      String rows =
          "SELECT i AS id, i * 3 AS a, i % 7 AS b, 'row ' || i AS c FROM range(" + ROWS + ") r(i)";
      tables.write(rows, target.resolve("data.parquet"));
      String changes = "SELECT id, " + a + " AS a, " + b + " AS b, c FROM (" + rows + ")";
      tables.write(changes, source);

      MergeResult result = merge(source, target);

      assertThat(result.updated()).isEqualTo(updated);
      assertThat(result.chunksCopied()).isEqualTo(copied);
      assertThat(difference(database, changes, target)).isZero();
    }
  }

  private static long difference(DuckDb database, String expected, Path target) {
    String stored = "SELECT id, a, b, c FROM " + DuckDb.text(target + "/*.parquet");
    return database.number("SELECT count(*) FROM ((" + expected + ") EXCEPT ALL (" + stored + "))");
  }

  private static MergeResult merge(Path source, Path target) {
    MemoryBudget budget = new MemoryBudget(MEMORY_BYTES);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), Tuning.of(1), 1)) {
      return runner.run(
          MergeRequest.builder()
              .source(Source.parquet(source))
              .target(target)
              .keyColumns("id")
              .build(),
          null,
          RunMode.MERGE);
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }
}
