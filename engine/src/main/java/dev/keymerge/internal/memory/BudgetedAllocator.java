package dev.keymerge.internal.memory;

import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.AllocationOutcome;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.rounding.SegmentRoundingPolicy;

/**
 * Allocates Arrow buffers that are charged to the memory budget byte for byte as the operating
 * system sees them.
 *
 * <p>A refusal of the budget leaves the allocation as {@link
 * dev.keymerge.MergeException.LimitExceeded}, thrown by whatever asked for the buffer, with nothing
 * allocated and nothing charged; there is no other place where running out of Arrow memory is
 * translated. Child allocators charge the same budget, so a child needs no limit of its own.
 *
 * <p>Sizes are rounded up to whole segments rather than to powers of two: a vector of 9 MB then
 * costs 9 MB and not 16.
 *
 * <p>Thread-safe. Closing fails if a buffer is still held, and gives the charge back all the same.
 */
public final class BudgetedAllocator extends RootAllocator {
  private static final int SEGMENT_BYTES = 1024;

  private final MemoryReservation charge;

  private BudgetedAllocator(MemoryReservation reservation) {
    super(
        new Charging(reservation), Long.MAX_VALUE, new SegmentRoundingPolicy((long) SEGMENT_BYTES));
    this.charge = reservation;
  }

  /**
   * Opens an allocator for {@code owner}, a short name for messages; the caller closes it after its
   * last buffer.
   */
  public static BudgetedAllocator open(MemoryBudget budget, String owner) {
    return new BudgetedAllocator(budget.open(owner, MemoryKind.NATIVE));
  }

  @Override
  public synchronized void close() {
    try {
      super.close();
    } finally {
      charge.close();
    }
  }

  /** Asks the budget before each buffer and gives back after it. */
  private static final class Charging implements AllocationListener {
    private final MemoryReservation reservation;

    private Charging(MemoryReservation reservation) {
      this.reservation = reservation;
    }

    @Override
    public void onPreAllocation(long size) {
      reservation.grow(size);
    }

    @Override
    public boolean onFailedAllocation(long size, AllocationOutcome outcome) {
      // Charged just before, but a limit set on a child allocator has refused it since.
      reservation.shrink(size);
      return false;
    }

    @Override
    public void onRelease(long size) {
      reservation.shrink(size);
    }
  }
}
