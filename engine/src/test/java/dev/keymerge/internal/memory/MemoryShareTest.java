package dev.keymerge.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MemoryShareTest {
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final Runnable NOTHING = () -> {};

  private final MemoryBudget budget = new MemoryBudget(PoolLimits.separate(1000, 600));
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() {
    threads.shutdownNow();
  }

  @Test
  void aMergeThatIsAloneMayTakeEverything() {
    try (MemoryShare share = budget.openShare("only", NOTHING);
        MemoryReservation heap = share.budget().open("pages");
        MemoryReservation outside = share.budget().open("keys", MemoryKind.NATIVE)) {
      share.reserveMinimum(needs(10, 10));
      assertThat(share.budget().limitBytes()).isEqualTo(1600);
      assertThat(heap.tryGrow(1000)).isTrue();
      assertThat(outside.tryGrow(600)).isTrue();
      assertThat(budget.freeBytes()).isZero();
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void eachOfSeveralIsPromisedItsMinimumAndAnEqualPartOfTheRest() {
    try (MemoryShare one = budget.openShare("one", NOTHING);
        MemoryReservation first = one.budget().open("first")) {
      one.reserveMinimum(needs(400, 0));
      try (MemoryShare two = budget.openShare("two", NOTHING);
          MemoryReservation second = two.budget().open("second")) {
        two.reserveMinimum(needs(200, 100));

        // 1000 less 600 that are set aside leave 200 to each.
        assertThat(one.budget().limitBytes(MemoryKind.HEAP)).isEqualTo(600);
        assertThat(two.budget().limitBytes(MemoryKind.HEAP)).isEqualTo(400);
        assertThat(one.budget().limitBytes(MemoryKind.NATIVE)).isEqualTo(250);
        assertThat(two.budget().limitBytes(MemoryKind.NATIVE)).isEqualTo(350);
        assertThat(first.tryGrow(601)).isFalse();
        assertThat(first.tryGrow(600)).isTrue();
        assertThat(second.tryGrow(400)).isTrue();
        assertThatThrownBy(() -> second.grow(1))
            .isInstanceOf(MergeException.LimitExceeded.class)
            .hasMessageContaining("this merge's part")
            .hasMessageContaining("second 0.4 KiB")
            .hasMessageContaining("merges at work: 2");
      }
      assertThat(first.tryGrow(400)).isTrue();
    }
  }

  @Test
  void aMinimumThatNeverFitsIsRefusedAtOnceWithTheSum() {
    try (MemoryShare share = budget.openShare("large", NOTHING)) {
      PhaseNeeds needs = new PhaseNeeds();
      needs.addLasting("facts", 512, 0);
      needs.addPhase("small", 100, 0);
      needs.addPhase("pages", 1024, 0);

      assertThatThrownBy(() -> share.reserveMinimum(needs))
          .isInstanceOf(MergeException.LimitExceeded.class)
          .hasMessage(
              "The merge needs at least 1.5 KiB of heap, but its budget is 1.0 KiB:"
                  + " facts 0.5 KiB + pages 1.0 KiB.")
          .satisfies(
              failure -> assertThat(((MergeException) failure).remedy()).contains("--memory"));
    }
  }

  @Test
  void whoComesLaterWaitsUntilTheFirstIsWithinItsBound() throws Exception {
    try (MemoryShare one = budget.openShare("one", NOTHING);
        MemoryReservation first = one.budget().open("first")) {
      one.reserveMinimum(needs(0, 0));
      first.grow(900);
      Future<Long> second =
          threads.submit(
              () -> {
                try (MemoryShare two = budget.openShare("two", NOTHING)) {
                  two.reserveMinimum(needs(0, 0));
                  return one.budget().usedBytes();
                }
              });
      awaitUntil(() -> one.budget().limitBytes(MemoryKind.HEAP) == 500);
      // Held to the bound as long as it can do with less, and helped if it cannot.
      assertThat(first.tryGrow(1)).isFalse();
      first.grow(50);
      assertThat(second.isDone()).isFalse();
      first.shrink(450);

      assertThat(second.get()).isEqualTo(500);
    }
  }

  @Test
  void whoWaitsAtTheDoorCanBeCancelled() {
    try (MemoryShare one = budget.openShare("one", NOTHING);
        MemoryReservation first = one.budget().open("first")) {
      one.reserveMinimum(needs(0, 0));
      first.grow(900);
      AtomicInteger asked = new AtomicInteger();
      assertThatThrownBy(
              () ->
                  budget.openShare(
                      "two",
                      () -> {
                        if (asked.incrementAndGet() > 3) {
                          throw new MergeException.Cancelled("stop", "");
                        }
                      }))
          .isInstanceOf(MergeException.Cancelled.class);
      assertThat(first.tryGrow(100)).isTrue();
    }
  }

  @Test
  void holdersThatCanFreeMemoryAreAskedLargestFirstBeforeARefusal() {
    try (MemoryShare share = budget.openShare("only", NOTHING);
        MemoryReservation small = share.budget().open("small");
        MemoryReservation large = share.budget().open("large");
        MemoryReservation asker = share.budget().open("asker")) {
      share.reserveMinimum(needs(0, 0));
      List<String> asked = new ArrayList<>();
      small.grow(300);
      large.grow(700);
      share.budget().onPressure(new Spilling("small", small, asked));
      MemoryReclaimer.Registration registration =
          share.budget().onPressure(new Spilling("large", large, asked));

      asker.grow(100);
      assertThat(asked).containsExactly("large");
      assertThat(large.bytes()).isEqualTo(600);
      asker.grow(750);
      assertThat(asked).containsExactly("large", "large", "small");
      assertThat(share.budget().usedBytes()).isLessThanOrEqualTo(1000);

      registration.close();
      assertThatThrownBy(() -> asker.grow(700)).isInstanceOf(MergeException.LimitExceeded.class);
    }
  }

  @Test
  void aReclaimerThatAsksForMemoryItselfIsSimplyRefused() {
    try (MemoryReservation held = budget.open("held");
        MemoryReservation asker = budget.open("asker")) {
      held.grow(1000);
      List<Boolean> answers = new ArrayList<>();
      budget.onPressure(
          new MemoryReclaimer() {
            @Override
            public long reclaimableBytes(MemoryKind kind) {
              return held.bytes();
            }

            @Override
            public long reclaim(MemoryKind kind, long bytes) {
              answers.add(asker.tryGrow(1));
              held.shrink(bytes);
              return bytes;
            }
          });
      asker.grow(10);
      assertThat(answers).containsExactly(false);
    }
  }

  @Test
  void aMergeWaitsForOthersUntilItHasWhatItWantsBesideThem() throws Exception {
    PhaseNeeds wanting = needs(10, 10);
    wanting.wantBesideOthers(600, 300);
    try (MemoryShare one = budget.openShare("one", NOTHING)) {
      one.reserveMinimum(wanting);
      Future<Long> second =
          threads.submit(
              () -> {
                try (MemoryShare two = budget.openShare("two", NOTHING)) {
                  two.reserveMinimum(wanting);
                  return two.budget().limitBytes(MemoryKind.HEAP);
                }
              });
      awaitUntil(() -> one.budget().limitBytes(MemoryKind.HEAP) < 1000);
      assertThat(second.isDone()).isFalse();
      one.close();

      assertThat(second.get()).isEqualTo(1000);
    }
  }

  @Test
  void whoIsAloneMakesDoWithItsLeast() {
    PhaseNeeds wanting = needs(10, 10);
    wanting.wantBesideOthers(2000, 300);
    try (MemoryShare merge = budget.openShare("merge", NOTHING)) {
      merge.reserveMinimum(wanting);

      assertThat(merge.budget().limitBytes(MemoryKind.HEAP)).isEqualTo(1000);
    }
  }

  @Test
  void besideScansAMergeMakesDoWithItsLeast() {
    PhaseNeeds wanting = needs(10, 10);
    wanting.wantBesideOthers(600, 300);
    try (MemoryShare scan = budget.openScanShare("scan", NOTHING);
        MemoryReservation pages = scan.budget().open("pages")) {
      scan.reserveMinimum(needs(0, 0));
      pages.grow(900);
      try (MemoryShare merge = budget.openShare("merge", NOTHING)) {
        merge.reserveMinimum(wanting);

        assertThat(merge.budget().limitBytes(MemoryKind.HEAP)).isEqualTo(100);
      }
    }
  }

  @Test
  void nobodyWaitsForAScanThatNobodyReads() {
    try (MemoryShare scan = budget.openScanShare("scan", NOTHING);
        MemoryReservation pages = scan.budget().open("pages")) {
      scan.reserveMinimum(needs(100, 0));
      pages.grow(900);
      // What it cannot give back is set aside, and the other one gets the rest, at once.
      try (MemoryShare merge = budget.openShare("merge", NOTHING);
          MemoryReservation work = merge.budget().open("work")) {
        merge.reserveMinimum(needs(50, 0));

        assertThat(merge.budget().limitBytes(MemoryKind.HEAP)).isEqualTo(100);
        work.grow(100);
        // The scan gets no more than its part from now on: its minimum and half of what is left.
        assertThat(scan.budget().limitBytes(MemoryKind.HEAP)).isEqualTo(100 + 850 / 2);
        assertThat(pages.tryGrow(1)).isFalse();
        pages.shrink(900);
        assertThat(merge.budget().limitBytes(MemoryKind.HEAP)).isEqualTo(50 + 850 / 2);
        assertThat(work.tryGrow(375)).isTrue();
        assertThat(pages.tryGrow(525)).isTrue();
      }
    }
  }

  @Test
  void aScanIsAskedForWhatItHoldsBeyondItsPartWhenOthersCome() {
    List<String> asked = new ArrayList<>();
    try (MemoryShare scan = budget.openScanShare("scan", NOTHING);
        MemoryReservation pages = scan.budget().open("pages");
        MemoryReclaimer.Registration giving =
            scan.budget().onPressure(new Spilling("pages", pages, asked))) {
      scan.reserveMinimum(needs(0, 0));
      pages.grow(900);
      try (MemoryShare merge = budget.openShare("merge", NOTHING)) {
        merge.reserveMinimum(needs(400, 0));

        assertThat(asked).isNotEmpty();
        assertThat(pages.bytes()).isEqualTo((1000 - 400) / 2);
        assertThat(merge.budget().limitBytes(MemoryKind.HEAP)).isEqualTo(400 + 600 / 2);
      }
    }
    assertThat(asked).containsOnly("pages");
  }

  @Test
  void whatScansLeaveTooLittleForIsRefusedAfterAWhileWithTheSum() {
    MemoryBudget small =
        new MemoryBudget(new PoolLimits(1000, 600, 1600), ChargeGate.OPEN, PATIENCE_NANOS);
    try (MemoryShare scan = small.openScanShare("scan", NOTHING);
        MemoryReservation pages = scan.budget().open("pages")) {
      scan.reserveMinimum(needs(0, 0));
      pages.grow(900);
      try (MemoryShare merge = small.openShare("merge", NOTHING)) {
        assertThatThrownBy(() -> merge.reserveMinimum(needs(400, 100)))
            .isInstanceOf(MergeException.LimitExceeded.class)
            .hasMessage(
                "The merge needs at least 0.4 KiB of heap, but open scans hold 0.9 KiB of the budget"
                    + " of 1.0 KiB: work 0.4 KiB.")
            .satisfies(
                failure -> assertThat(((MergeException) failure).remedy()).contains("scans"));
      }
      // Reading facts at the door ends in the same way.
      try (MemoryShare merge = small.openShare("merge", NOTHING);
          MemoryReservation facts = merge.budget().open("facts")) {
        assertThatThrownBy(() -> facts.grow(101))
            .isInstanceOf(MergeException.LimitExceeded.class)
            .hasMessageContaining("merges at work: 1, open scans: 1");
      }
    }
    assertThat(small.usedBytes()).isZero();
  }

  /**
   * Many merges that take, give back, spill and wait, more than the budget could ever hold at once:
   * all come to their end, whatever the order, or the timeout of this class tells.
   */
  @Test
  void manyMergesUnderASmallBudgetAllComeToTheirEnd() throws Exception {
    AtomicLong served = new AtomicLong();
    List<Future<Void>> merges = new ArrayList<>();
    CountDownLatch start = new CountDownLatch(1);
    for (int merge = 0; merge < 24; merge++) {
      long seed = merge;
      merges.add(
          threads.submit(
              (Callable<Void>)
                  () -> {
                    start.await();
                    pretendToMerge(new Random(seed), served);
                    return null;
                  }));
    }
    start.countDown();
    for (Future<Void> merge : merges) {
      merge.get();
    }
    assertThat(budget.usedBytes()).isZero();
    assertThat(budget.peakBytes(MemoryKind.HEAP)).isLessThanOrEqualTo(1000);
    assertThat(served.get()).isEqualTo(24 * 200);
  }

  private void pretendToMerge(Random random, AtomicLong served) throws InterruptedException {
    int minimum = 50 + random.nextInt(700);
    try (MemoryShare share = budget.openShare("merge", NOTHING);
        MemoryReservation facts = share.budget().open("facts");
        MemoryReservation cache = share.budget().open("cache");
        MemoryReservation work = share.budget().open("work")) {
      // More than its bound may be when others are there: it waits rather than failing.
      facts.grow(20 + random.nextInt(700));
      facts.shrink(facts.bytes());
      share.reserveMinimum(needs(minimum, random.nextInt(300)));
      try (MemoryReclaimer.Registration registration =
          share.budget().onPressure(new Spilling("cache", cache, new ArrayList<>()))) {
        for (int step = 0; step < 200; step++) {
          cache.tryGrow(random.nextInt(200));
          // What was declared as minimum is always had, be it by spilling the cache.
          work.grow(1 + random.nextInt(minimum));
          work.shrink(work.bytes());
          served.incrementAndGet();
          if (random.nextInt(50) == 0) {
            Thread.sleep(1);
          }
        }
      }
    }
  }

  private static PhaseNeeds needs(long heapBytes, long nativeBytes) {
    PhaseNeeds needs = new PhaseNeeds();
    needs.addPhase("work", heapBytes, nativeBytes);
    return needs;
  }

  private static void awaitUntil(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }

  /** Frees exactly what is asked, if it holds as much. */
  private record Spilling(String name, MemoryReservation held, List<String> asked)
      implements MemoryReclaimer {
    @Override
    public long reclaimableBytes(MemoryKind kind) {
      return kind == held.kind() ? held.bytes() : 0;
    }

    @Override
    public long reclaim(MemoryKind kind, long bytes) {
      asked.add(name);
      long freed = Math.min(bytes, held.bytes());
      held.shrink(freed);
      return freed;
    }
  }
}
