package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.testdata.cases.MergeCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Merges random data while memory is scarce: beside a neighbour who takes and gives back at random,
 * and within budgets that are far too small. What is not refused comes out right, nothing waits for
 * ever, and nothing is left.
 */
@Timeout(300)
class ScarceMemoryTest {
  private static final long SEED = Long.getLong("keymerge.seed", 4_000_000);
  private static final int CASES = Math.max(1, Integer.getInteger("keymerge.cases", 250) / 5);
  private static final long SHARED_BYTES = 64 << 20;
  private static final long MIB = 1 << 20;
  private static final int MERGES_AT_ONCE = 2;
  private static final long LEAST_BYTES = 64 << 10;
  private static final int DOUBLINGS = 11;

  @TempDir private Path directory;

  /**
   * Has two merges run at once, whose minima and that of the neighbour are all honoured. So hardly
   * any may be refused, although what a page or a dictionary takes is not known beforehand.
   */
  @ParameterizedTest
  @CsvSource({"64, 56, 120", "42, 34, 76", "21, 17, 38", "72, 72, 72"})
  void completesBesideAGreedyNeighbourWhoKeepsToItsPart(long heap, long outside, long both)
      throws Exception {
    MemoryBudget budget = new MemoryBudget(new PoolLimits(heap * MIB, outside * MIB, both * MIB));
    AtomicInteger completed = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(MERGES_AT_ONCE);
    try (GreedyNeighbour neighbour = GreedyNeighbour.fair(budget, SEED)) {
      List<Future<?>> running = new ArrayList<>();
      for (long each = SEED; each < SEED + CASES; each++) {
        long seed = each;
        running.add(threads.submit(() -> check(seed, budget) ? completed.incrementAndGet() : 0));
      }
      for (Future<?> merge : running) {
        merge.get();
      }
      for (MemoryKind kind : MemoryKind.values()) {
        assertThat(neighbour.mostBytes(kind)).as("what the neighbour took").isPositive();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(completed.get()).as("of %s merges", CASES).isGreaterThan(CASES * 9 / 10);
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void completesOrRefusesBesideAGreedyNeighbourWhoTakesEverything() throws IOException {
    MemoryBudget budget = new MemoryBudget(SHARED_BYTES);
    int completed = 0;
    try (GreedyNeighbour neighbour = GreedyNeighbour.lawless(budget, SEED)) {
      for (long seed = SEED; seed < SEED + CASES; seed++) {
        completed += check(seed, budget) ? 1 : 0;
      }
    }
    assertThat(completed).isPositive();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void completesOrRefusesWithinTinyBudgets() throws IOException {
    int completed = 0;
    for (long seed = SEED; seed < SEED + CASES; seed++) {
      MemoryBudget budget = new MemoryBudget(LEAST_BYTES << seed % DOUBLINGS);
      completed += check(seed, budget) ? 1 : 0;
      assertThat(budget.usedBytes()).as("case %s", seed).isZero();
    }
    assertThat(completed).isPositive().isLessThan(CASES);
  }

  private boolean check(long seed, MemoryBudget budget) throws IOException {
    Path place = Files.createDirectory(directory.resolve("case-" + seed));
    try {
      return new CaseChecker(place, MergeCase.ofSeed(seed))
          .checkBesideOthers(budget, Tuning.of(1 + (int) (seed % 3)));
    } finally {
      Trees.delete(place);
    }
  }
}
