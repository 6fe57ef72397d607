package dev.keymerge.internal.memory;

/**
 * Counts what a budget is asked for, and refuses the request that it is told to, or that one and
 * all after it.
 *
 * <p>The budget itself is large, so that nothing else is ever refused. Set up before the budget is
 * used; the counts may be read by any thread.
 */
public final class DenyingBudget {
  private static final long LARGE_BYTES = 1L << 40;

  /** Says how many requests are refused. */
  public enum Extent {
    /** Only the one that is named. */
    ONE,
    /** That one and all after it. */
    ALL_FROM_THERE
  }

  private final MemoryBudget budget;
  private final long refused;
  private final Extent extent;
  private volatile long asked;
  private volatile long fired;

  /** Creates a budget that refuses the request that comes after {@code refused} others. */
  public DenyingBudget(long refused, Extent extent) {
    this.refused = refused;
    this.extent = extent;
    this.budget = new MemoryBudget(PoolLimits.shared(LARGE_BYTES), this::admits);
  }

  /** Returns the budget to work with. */
  public MemoryBudget budget() {
    return budget;
  }

  /** Returns how many requests have been refused. */
  public long fired() {
    return fired;
  }

  /** Returns how many requests there have been. */
  public long asked() {
    return asked;
  }

  private synchronized boolean admits(MemoryKind kind, long bytes) {
    long number = asked;
    asked = number + 1;
    boolean fails = extent == Extent.ONE ? number == refused : number >= refused;
    if (fails) {
      fired = fired + 1;
    }
    return !fails;
  }
}
