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
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Merges into files whose columns have one page each, larger than all the memory that there is, as
 * DuckDB writes them when its row groups are large.
 */
class HugePagesTest {
  private static final int ROWS = 450_000;

  /** The texts alone take more in one page. */
  private static final long BUDGET_BYTES = 20 << 20;

  @TempDir private Path directory;

  @ParameterizedTest
  @CsvSource({"snappy,V1", "zstd,V1", "zstd,V2"})
  void mergesPagesThatAreLargerThanMemory(String codec, String version) {
    Path target = directory.resolve("target.parquet");
    Path source = directory.resolve("source.parquet");
    try (DuckDb database = DuckDb.open()) {
      prepare(database, target, source, "CODEC " + codec + ", PARQUET_VERSION " + version);
      assertThat(
              database.number(
                  "SELECT max(total_uncompressed_size) FROM parquet_metadata("
                      + DuckDb.text(target.toString())
                      + ")"))
          .isGreaterThan(BUDGET_BYTES);
      long changed = database.number("SELECT count(*) FROM changes");

      MergeResult result = merge(source, target);

      assertThat(result.updated()).isEqualTo(changed);
      assertThat(result.inserted()).isZero();
      String after = "(FROM " + DuckDb.text(target.toString()) + ")";
      assertThat(database.number("SELECT count(*) FROM " + after)).isEqualTo(ROWS);
      assertThat(
              database.number("SELECT count(*) FROM (FROM expected EXCEPT ALL FROM " + after + ")"))
          .isZero();
    }
  }

  private static void prepare(DuckDb database, Path target, Path source, String options) {
    database.run("SELECT setseed(0.5)");
    database.run(
        "CREATE TABLE target AS SELECT (range * 7919 % 1000003)::BIGINT AS id,"
            + " (random() * 1000000)::INT AS number, random() AS fraction,"
            + " 'a text that is not short at all, number ' || (range * 31 % 499979) || '-' || (random() * 1000)::INT AS words,"
            + " CASE WHEN random() < 0.2 THEN NULL ELSE (random() * 100)::INT END AS small,"
            + " random() < 0.5 AS flag FROM range("
            + ROWS
            + ")");
    database.run(
        "CREATE TABLE changes AS SELECT id, number + 1 AS number, -1 - fraction AS fraction,"
            + " words || '!' AS words, CASE WHEN small IS NULL THEN 5 END AS small,"
            + " NOT flag AS flag FROM target WHERE random() < 0.1 ORDER BY random()");
    database.run(
        "CREATE TABLE expected AS FROM changes UNION ALL"
            + " SELECT * FROM target WHERE id NOT IN (SELECT id FROM changes)");
    String oneRowGroup = "FORMAT parquet, ROW_GROUP_SIZE " + ROWS + ", ";
    database.run(
        "COPY target TO " + DuckDb.text(target.toString()) + " (" + oneRowGroup + options + ")");
    database.run(
        "COPY changes TO " + DuckDb.text(source.toString()) + " (FORMAT parquet, " + options + ")");
  }

  private static MergeResult merge(Path source, Path target) {
    MemoryBudget budget = new MemoryBudget(BUDGET_BYTES);
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
