package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.testdata.cases.MergeCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

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
  private static final long LEAST_BYTES = 64 << 10;
  private static final int DOUBLINGS = 11;

  @TempDir private Path directory;

  @Test
  void completesOrRefusesBesideAGreedyNeighbour() throws IOException {
    MemoryBudget budget = new MemoryBudget(SHARED_BYTES);
    int completed = 0;
    try (GreedyNeighbour neighbour = GreedyNeighbour.start(budget, SEED)) {
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
