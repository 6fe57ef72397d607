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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Merges the same under many limits and numbers of threads: the files that come out must be equal
 * to the byte, for a limit may decide how long a merge takes and nothing else.
 */
class SameBytesTest {
  private static final long MIB = 1 << 20;
  private static final long ROWS = 60_000;
  private static final int FILES = 3;
  private static final int CHANGED_PERMILLE = 200;
  private static final int MOST_THREADS = 4;

  /** What the program's engine has of limits of 256 MB, 1 GB and 8 GB, about. */
  private static final long[] BUDGETS = {56 * MIB, 380 * MIB, 3400 * MIB};

  @TempDir private Path directory;

  @Test
  void writesTheSameBytesWithinAnyLimitAndByAnyNumberOfThreads() throws IOException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    try (DuckDb database = DuckDb.open()) {
      LargeTables tables = new LargeTables(database);
      tables.write(LargeTables::lineItems, ROWS, FILES, before);
      tables.write(LargeTables.lineItemChanges(ROWS, CHANGED_PERMILLE), source);
    }
    DirectoryState expected = null;
    for (long budget : BUDGETS) {
      for (int threads = 1; threads <= MOST_THREADS; threads++) {
        Path target = directory.resolve("target-" + budget + "-" + threads);
        Files.createDirectory(target);
        try (Stream<Path> files = Files.list(before)) {
          for (Path file : files.toList()) {
            Files.copy(file, target.resolve(file.getFileName()));
          }
        }
        MergeResult result = merge(source, target, budget, threads);
        assertThat(result.updated()).isPositive();
        assertThat(result.inserted()).isPositive();
        DirectoryState after = DirectoryState.content(target);
        if (expected == null) {
          expected = after;
        }
        assertThat(after).as("%s bytes, %s threads", budget, threads).isEqualTo(expected);
      }
    }
  }

  private static MergeResult merge(Path source, Path target, long budgetBytes, int threads) {
    MemoryBudget budget = new MemoryBudget(budgetBytes);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), Tuning.of(threads), 1)) {
      return runner.run(
          MergeRequest.builder()
              .source(Source.parquet(source))
              .target(target)
              .keyColumns("l_orderkey", "l_linenumber")
              .build(),
          null,
          RunMode.MERGE);
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }
}
