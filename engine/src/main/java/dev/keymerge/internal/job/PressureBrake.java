package dev.keymerge.internal.job;

import dev.keymerge.MemoryPressure;
import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.PressureSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds the threads of one merge back at their checkpoints while memory is scarce outside of the
 * budget's view.
 *
 * <p>At {@link MemoryPressure#CRITICAL} it has the merge's holders free what they can; at {@link
 * MemoryPressure#EMERGENCY} threads wait, and what does not come back in time ends the merge.
 * Scarce memory within the budget needs none of that: there, every request that does not fit has
 * holders spill, or is refused.
 *
 * <p>Thread-safe.
 */
final class PressureBrake {
  /** How long memory may take to come back. */
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Freed memory shows in the next reading at the earliest. */
  private static final long RELIEVE_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final long NOBODY_WAITS = Long.MIN_VALUE;

  /** What part of the budget is freed at once. */
  private static final int RELIEVED_PART = 10;

  private final PressureSource pressure;
  private final CpuThrottle.Clocks clocks;
  private final AtomicLong relievedAt;
  private final AtomicLong waitingSince = new AtomicLong(NOBODY_WAITS);
  private volatile @Nullable MemoryBudget budget;

  PressureBrake(PressureSource pressure, CpuThrottle.Clocks clocks) {
    this.pressure = pressure;
    this.clocks = clocks;
    this.relievedAt = new AtomicLong(clocks.wall().getAsLong() - RELIEVE_EVERY_NANOS);
  }

  /** Has the holders of {@code merge} spill from now on. */
  void relieving(MemoryBudget merge) {
    budget = merge;
  }

  /** Ends that. */
  void release() {
    budget = null;
  }

  /**
   * Returns at once, or when memory has come back, or when {@code cancelled}.
   *
   * @throws MergeException.LimitExceeded if memory does not come back
   */
  void pause(BooleanSupplier cancelled) {
    if (pressure.outside().compareTo(MemoryPressure.CRITICAL) < 0) {
      endWaiting();
      return;
    }
    relieve();
    boolean scarce = pressure.outside() == MemoryPressure.EMERGENCY;
    while (scarce && !cancelled.getAsBoolean()) {
      if (waitedNanos() >= PATIENCE_NANOS) {
        throw new MergeException.LimitExceeded(
            "No memory is left for the merge: " + pressure.explanation() + ".",
            "Raise the memory limit (--memory), or end what else takes memory.");
      }
      clocks.sleeper().sleep(SLICE_NANOS);
      relieve();
      scarce = pressure.outside() == MemoryPressure.EMERGENCY;
    }
    if (!scarce) {
      endWaiting();
    }
  }

  /**
   * Returns how long some thread has been waiting. Patience is the merge's, not each thread's or
   * call's: whoever comes once it is over fails at once.
   */
  private long waitedNanos() {
    long now = clocks.wall().getAsLong();
    waitingSince.compareAndSet(NOBODY_WAITS, now);
    long since = waitingSince.get();
    return since == NOBODY_WAITS ? 0 : now - since;
  }

  private void endWaiting() {
    if (waitingSince.get() != NOBODY_WAITS) {
      waitingSince.set(NOBODY_WAITS);
    }
  }

  private void relieve() {
    MemoryBudget merge = budget;
    long now = clocks.wall().getAsLong();
    long last = relievedAt.get();
    if (merge != null && now - last >= RELIEVE_EVERY_NANOS && relievedAt.compareAndSet(last, now)) {
      for (MemoryKind kind : MemoryKind.values()) {
        merge.relieve(kind, merge.limitBytes(kind) / RELIEVED_PART);
      }
    }
  }
}
