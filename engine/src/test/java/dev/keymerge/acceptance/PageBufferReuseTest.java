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
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges into several files and looks at how many page buffers were made. */
class PageBufferReuseTest {
  private static final int FILES = 4;
  private static final long ROWS = 40_000;
  private static final int CHANGED_PERMILLE = 300;
  private static final long MEMORY_BYTES = 256 << 20;

  @TempDir private Path directory;

  @Test
  void columnsOfSeveralFilesTakeTheBuffersOfThoseBefore() throws IOException {
    Path source = directory.resolve("source.parquet");
    Path target = directory.resolve("target");
    try (DuckDb database = DuckDb.open()) {
      LargeTables tables = new LargeTables(database);
      tables.write(LargeTables::lineItems, ROWS, FILES, target);
      tables.write(LargeTables.lineItemChanges(ROWS, CHANGED_PERMILLE), source);
    }
    MergeResult result = merge(source, target);

    assertThat(result.filesRewritten()).isEqualTo(FILES);
    assertThat(result.bufferPoolMisses()).isPositive();
    assertThat(result.bufferPoolHits()).isGreaterThan(result.bufferPoolMisses());
  }

  private static MergeResult merge(Path source, Path target) {
    MemoryBudget budget = new MemoryBudget(MEMORY_BYTES);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), Tuning.of(1), 1)) {
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
