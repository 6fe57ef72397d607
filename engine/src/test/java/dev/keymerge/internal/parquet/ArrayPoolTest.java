package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.memory.MemoryBudget;
import org.junit.jupiter.api.Test;

class ArrayPoolTest {
  private static final int PAGE = ArrayPool.LEAST_BYTES;

  private final MemoryBudget budget = new MemoryBudget(100L * PAGE);

  @Test
  void whatOneReaderLeavesTheNextOneTakes() {
    try (ParquetMemory memory = ParquetMemory.pooling(budget, "test")) {
      byte[] first;
      try (ScratchArrays scratch = memory.openScratch("first")) {
        first = scratch.lend(new byte[0], 2 * PAGE);
        assertThat(budget.usedBytes()).isEqualTo(2 * PAGE);
      }
      assertThat(budget.usedBytes()).as("lies idle, charged").isEqualTo(2 * PAGE);
      try (ScratchArrays scratch = memory.openScratch("second")) {
        assertThat(scratch.lend(new byte[0], PAGE + 1)).isSameAs(first);
        assertThat(scratch.lend(new byte[0], PAGE + 1)).isNotSameAs(first);
      }
      assertThat(memory.poolHits()).isEqualTo(1);
      assertThat(memory.poolMisses()).isEqualTo(2);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void aLongerArrayTakesThePlaceOfAShorterOne() {
    try (ParquetMemory memory = ParquetMemory.pooling(budget, "test");
        ScratchArrays scratch = memory.openScratch("reader")) {
      byte[] held = scratch.lend(new byte[0], PAGE);
      byte[] longer = scratch.lend(held, 3 * PAGE);
      assertThat(longer).hasSize(3 * PAGE);
      assertThat(scratch.lend(new byte[0], PAGE)).isSameAs(held);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void shortArraysAreNeitherKeptNorCounted() {
    try (ParquetMemory memory = ParquetMemory.pooling(budget, "test")) {
      for (int i = 0; i < 3; i++) {
        try (ScratchArrays scratch = memory.openScratch("reader")) {
          scratch.lend(new byte[0], PAGE - 1);
        }
        assertThat(budget.usedBytes()).isZero();
      }
      assertThat(memory.poolHits() + memory.poolMisses()).isZero();
    }
  }

  @Test
  void idleArraysGoWhenMemoryIsNeeded() {
    try (ParquetMemory memory = ParquetMemory.pooling(budget, "test")) {
      try (ScratchArrays scratch = memory.openScratch("first")) {
        scratch.lend(new byte[0], 2 * PAGE);
      }
      try (ScratchArrays all = memory.openScratch("all")) {
        all.charge(budget.limitBytes());
        assertThat(budget.usedBytes()).isEqualTo(budget.limitBytes());
      }
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void noMoreThanAShareLiesIdle() {
    try (ParquetMemory memory = ParquetMemory.pooling(budget, "test")) {
      try (ScratchArrays scratch = memory.openScratch("first")) {
        for (int i = 0; i < 20; i++) {
          scratch.lend(new byte[0], PAGE);
        }
      }
      assertThat(budget.usedBytes()).isPositive().isLessThan(budget.limitBytes() / 10);
    }
  }
}
