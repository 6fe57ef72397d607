package dev.keymerge.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BigIntVector;
import org.junit.jupiter.api.Test;

class BudgetedAllocatorTest {
  private final MemoryBudget budget = new MemoryBudget(100_000);

  @Test
  void chargesWhatABufferReallyTakes() {
    try (BufferAllocator allocator = BudgetedAllocator.open(budget, "test");
        ArrowBuf buffer = allocator.buffer(33_000)) {
      assertThat(buffer.capacity()).isEqualTo(33 * 1024);
      assertThat(budget.usedBytes()).isEqualTo(33 * 1024);
    }
    assertThat(budget.usedBytes()).isZero();
    assertThat(budget.peakBytes()).isEqualTo(33 * 1024);
  }

  @Test
  void refusesWithTheSumAndTheSetting() {
    try (BufferAllocator allocator = BudgetedAllocator.open(budget, "reader");
        ArrowBuf held = allocator.buffer(60 * 1024)) {
      assertThat(held.capacity()).isEqualTo(60 * 1024);
      assertThatThrownBy(() -> allocator.buffer(50 * 1024))
          .isInstanceOf(MergeException.LimitExceeded.class)
          .hasMessageContaining("reader: needs 50.0 KiB more")
          .satisfies(
              failure -> assertThat(((MergeException) failure).remedy()).contains("--memory"));
      assertThat(budget.usedBytes()).isEqualTo(60 * 1024);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void chargesTheBudgetForChildrenAndVectors() {
    try (BufferAllocator allocator = BudgetedAllocator.open(budget, "test");
        BufferAllocator child = allocator.newChildAllocator("child", 0, Long.MAX_VALUE);
        BigIntVector vector = new BigIntVector("v", child)) {
      vector.allocateNew(1000);
      assertThat(budget.usedBytes()).isEqualTo(child.getAllocatedMemory()).isPositive();
      assertThatThrownBy(() -> vector.allocateNew(100_000))
          .isInstanceOf(MergeException.LimitExceeded.class);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void givesTheChargeBackIfAChildRefuses() {
    try (BufferAllocator allocator = BudgetedAllocator.open(budget, "test");
        BufferAllocator child = allocator.newChildAllocator("child", 0, 10_000)) {
      assertThatThrownBy(() -> child.buffer(20_000)).isInstanceOf(OutOfMemoryException.class);
      assertThat(budget.usedBytes()).isZero();
    }
  }
}
