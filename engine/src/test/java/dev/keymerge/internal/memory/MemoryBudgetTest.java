package dev.keymerge.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  @Test
  void aPoolThatIsFullTakesNothingFromTheOther() {
    MemoryBudget budget = new MemoryBudget(PoolLimits.separate(100, 200));
    try (MemoryReservation heap = budget.open("pages");
        MemoryReservation outside = budget.open("keys", MemoryKind.NATIVE)) {
      assertThat(heap.kind()).isEqualTo(MemoryKind.HEAP);
      assertThat(heap.tryGrow(101)).isFalse();
      assertThat(heap.tryGrow(100)).isTrue();
      assertThat(heap.tryGrow(1)).isFalse();
      assertThat(outside.tryGrow(200)).isTrue();
      assertThat(outside.tryGrow(1)).isFalse();
      assertThat(budget.usedBytes()).isEqualTo(300);
      assertThat(budget.usedBytes(MemoryKind.HEAP)).isEqualTo(100);
      assertThat(budget.freeBytes()).isZero();
      heap.shrink(40);
      assertThat(budget.freeBytes(MemoryKind.HEAP)).isEqualTo(40);
      assertThat(budget.freeBytes(MemoryKind.NATIVE)).isZero();
    }
    assertThat(budget.usedBytes()).isZero();
    assertThat(budget.peakBytes()).isEqualTo(300);
    assertThat(budget.peakBytes(MemoryKind.NATIVE)).isEqualTo(200);
  }

  @Test
  void underOneLimitEitherKindMayTakeAllOfIt() {
    MemoryBudget budget = new MemoryBudget(100);
    try (MemoryReservation heap = budget.open("pages");
        MemoryReservation outside = budget.open("keys", MemoryKind.NATIVE)) {
      assertThat(outside.tryGrow(100)).isTrue();
      assertThat(heap.tryGrow(1)).isFalse();
      outside.shrink(60);
      assertThat(heap.tryGrow(60)).isTrue();
      assertThat(budget.freeBytes(MemoryKind.NATIVE)).isZero();
    }
  }

  @Test
  void aDenialNamesAskerRequestLimitAndLargestHoldersOfItsPool() {
    MemoryBudget budget = new MemoryBudget(PoolLimits.separate(10 << 20, 99 << 20));
    try (MemoryReservation small = budget.open("footers");
        MemoryReservation large = budget.open("dictionaries");
        MemoryReservation other = budget.open("key table", MemoryKind.NATIVE)) {
      small.grow(1 << 20);
      large.grow(5 << 20);
      other.grow(50 << 20);
      assertThatThrownBy(() -> small.grow(6 << 20))
          .isInstanceOf(MergeException.LimitExceeded.class)
          .hasMessage(
              "footers: needs 6.0 MiB more, but 6.0 MiB of the budget for heap of 10.0 MiB are in"
                  + " use; largest holders: dictionaries 5.0 MiB, footers 1.0 MiB");
      assertThat(small.bytes()).isEqualTo(1 << 20);
    }
  }

  @Test
  void aDenialIsWordedWhileHundredsOfHoldersTakeAndGiveBack() throws Exception {
    MemoryBudget budget = new MemoryBudget(1 << 20);
    List<MemoryReservation> holders = new ArrayList<>();
    for (int holder = 0; holder < 500; holder++) {
      holders.add(budget.open("holder " + holder));
    }
    AtomicBoolean ended = new AtomicBoolean();
    CompletableFuture<Void> others =
        CompletableFuture.runAsync(
            () -> {
              Random random = new Random(1);
              while (!ended.get()) {
                MemoryReservation holder = holders.get(random.nextInt(holders.size()));
                holder.shrink(holder.bytes());
                holder.grow(1 + random.nextInt(1000));
              }
            });
    try (MemoryReservation asker = budget.open("asker")) {
      for (int denial = 0; denial < 2000; denial++) {
        assertThatThrownBy(() -> asker.grow(2 << 20))
            .isInstanceOf(MergeException.LimitExceeded.class)
            .hasMessageContaining("asker: needs 2.0 MiB more");
      }
    } finally {
      ended.set(true);
      others.get();
    }
    holders.forEach(MemoryReservation::close);
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void aRequestOfAnySizeIsRefusedRatherThanOverflowing() {
    MemoryBudget budget = new MemoryBudget(100);
    try (MemoryReservation reservation = budget.open("large")) {
      reservation.grow(60);
      assertThat(reservation.tryGrow(Long.MAX_VALUE)).isFalse();
      assertThat(budget.usedBytes()).isEqualTo(60);
    }
  }
}
