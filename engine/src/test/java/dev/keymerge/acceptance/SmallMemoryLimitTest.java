package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeException;
import dev.keymerge.MergePhase;
import dev.keymerge.MergeRequest;
import dev.keymerge.Progress;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.duckdb.DuckDb;
import dev.keymerge.testdata.duckdb.LargeTables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Merges within limits below the promised one: a merge completes, or is refused before it has begun
 * to read or written anything, never in the middle.
 */
class SmallMemoryLimitTest {
  private static final long MIB = 1 << 20;
  private static final long ROWS = 120_000;
  private static final long STEP = 8;

  @TempDir private Path directory;
  private Path before;
  private Path source;

  @BeforeEach
  void makeTables() throws IOException {
    before = Files.createDirectory(directory.resolve("before"));
    source = directory.resolve("source.parquet");
    try (DuckDb database = DuckDb.open()) {
      LargeTables tables = new LargeTables(database);
      tables.write(LargeTables::lineItems, ROWS, 1, before);
      tables.write(LargeTables.lineItemChanges(ROWS, 300), source);
    }
  }

  @Test
  void updatesCompleteOrAreRefusedAtOnce() throws IOException {
    completesOrIsRefusedAtOnce(source, before);
  }

  @Test
  void insertsCompleteOrAreRefusedAtOnce() throws IOException {
    completesOrIsRefusedAtOnce(
        before.resolve("part-00000.parquet"), Files.createDirectory(directory.resolve("empty")));
  }

  private void completesOrIsRefusedAtOnce(Path changes, Path stored) throws IOException {
    DirectoryState expected = null;
    int refusals = 0;
    for (long limit = 256; limit >= 128; limit -= STEP) {
      Path target = copy(stored, directory.resolve("target-" + limit));
      DirectoryState untouched = DirectoryState.of(target);
      List<Progress> seen = Collections.synchronizedList(new ArrayList<>());
      try {
        merge(changes, target, limits(limit * MIB), seen);
        DirectoryState after = DirectoryState.content(target);
        if (expected == null) {
          expected = after;
        }
        assertThat(after).as("limit %s MiB", limit).isEqualTo(expected);
      } catch (MergeException.LimitExceeded refused) {
        refusals++;
        assertThat(expected).as("limit %s MiB: %s", limit, refused.getMessage()).isNotNull();
        assertThat(refused).hasMessageContaining("needs at least");
        assertThat(refused.remedy()).contains("--memory");
        assertThat(seen)
            .as("limit %s MiB: %s", limit, refused.getMessage())
            .allMatch(progress -> progress.phase() == MergePhase.PLANNING)
            .allMatch(progress -> progress.bytesWritten() == 0);
        assertThat(DirectoryState.of(target)).isEqualTo(untouched);
      }
    }
    assertThat(refusals).isPositive();
  }

  private static Path copy(Path stored, Path target) throws IOException {
    Files.createDirectory(target);
    try (Stream<Path> files = Files.list(stored)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    return target;
  }

  private static void merge(Path changes, Path target, PoolLimits limits, List<Progress> seen) {
    MemoryBudget budget = new MemoryBudget(limits);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), Tuning.of(2), 1)) {
      runner.run(
          MergeRequest.builder()
              .source(Source.parquet(changes))
              .target(target)
              .keyColumns("l_orderkey", "l_linenumber")
              .build(),
          seen::add,
          RunMode.MERGE);
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }

  /** Divides a limit as the launcher does. */
  private static PoolLimits limits(long limit) {
    long rest = Math.max(40 * MIB, limit - 112 * MIB - limit / 32);
    long nativeBytes = Math.max(8 * MIB, rest - rest / 5 * 2 - 16 * MIB);
    long heap = rest - nativeBytes;
    long young = Math.max(12 * MIB, Math.min(heap / 8, 256 * MIB));
    return PoolLimits.separate(Math.max(8 * MIB, heap - young - heap / 16 - 10 * MIB), nativeBytes);
  }
}
