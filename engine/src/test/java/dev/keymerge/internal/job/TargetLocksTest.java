package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.StoragePath;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TargetLocksTest {
  private static final StoragePath ORDERS = new StoragePath("/warehouse/orders");
  private static final StoragePath LINES = new StoragePath("/warehouse/lines");

  private final TargetLocks locks = new TargetLocks();

  @Test
  void otherTargetsAreNotWaitedFor() {
    AtomicInteger waits = new AtomicInteger();
    try (TargetLocks.Lease orders = locks.acquire(ORDERS, waits::incrementAndGet);
        TargetLocks.Lease lines = locks.acquire(LINES, waits::incrementAndGet)) {
      assertThat(waits).hasValue(0);
    }
    locks.acquire(ORDERS, waits::incrementAndGet).close();
    assertThat(waits).hasValue(0);
  }

  @Test
  void theSecondWaitsForTheFirst() throws InterruptedException {
    AtomicBoolean released = new AtomicBoolean();
    AtomicBoolean early = new AtomicBoolean();
    CountDownLatch waiting = new CountDownLatch(1);
    TargetLocks.Lease first = locks.acquire(ORDERS, () -> {});
    Thread second =
        new Thread(
            () -> {
              try (TargetLocks.Lease lease = locks.acquire(ORDERS, waiting::countDown)) {
                early.set(!released.get());
              }
            });
    second.start();
    waiting.await();
    released.set(true);
    first.close();
    second.join();

    assertThat(early).isFalse();
  }

  @Test
  void whoWaitsCanGiveUp() {
    MergeException.Cancelled cancelled = new MergeException.Cancelled("stopped", "go on");
    try (TargetLocks.Lease first = locks.acquire(ORDERS, () -> {})) {
      assertThatThrownBy(
              () ->
                  locks.acquire(
                      ORDERS,
                      () -> {
                        throw cancelled;
                      }))
          .isSameAs(cancelled);
    }
  }
}
