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
 * <p>At {@link MemoryPressure#CRITICAL} it has the merge's holders spill; at {@link
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

  /** What part of the budget is spilled at once. */
  private static final int RELIEVED_PART = 10;

  private final PressureSource pressure;
  private final CpuThrottle.Clocks clocks;
  private final AtomicLong relievedAt;
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
      return;
    }
    relieve();
    long start = clocks.wall().getAsLong();
    while (pressure.outside() == MemoryPressure.EMERGENCY && !cancelled.getAsBoolean()) {
      if (clocks.wall().getAsLong() - start >= PATIENCE_NANOS) {
        throw new MergeException.LimitExceeded(
            "No memory is left for the merge: " + pressure.explanation() + ".",
            "Raise the memory limit (--memory), or end what else takes memory.");
      }
      clocks.sleeper().sleep(SLICE_NANOS);
      relieve();
    }
  }

  private void relieve() {
    MemoryBudget merge = budget;
    long now = clocks.wall().getAsLong();
    long last = relievedAt.get();
    if (merge != null && now - last >= RELIEVE_EVERY_NANOS && relievedAt.compareAndSet(last, now)) {
      merge.relieve(MemoryKind.NATIVE, merge.limitBytes(MemoryKind.NATIVE) / RELIEVED_PART);
    }
  }
}
