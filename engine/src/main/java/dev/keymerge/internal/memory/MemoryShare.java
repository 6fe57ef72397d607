package dev.keymerge.internal.memory;

import dev.keymerge.MergeException;

/**
 * Holds one merge's part of an engine's memory, or one scan's, from the door to its end.
 *
 * <p>{@link #budget} is what everything of the merge asks. The merge reads what it needs to know
 * its minimum, and then calls {@link #reserveMinimum}; until then no other merge starts. Closing
 * gives the part up; everything in it has been given back by then.
 *
 * <p>For the thread that opened it; its budget is for all threads of the merge.
 */
public final class MemoryShare implements AutoCloseable {
  private final MemoryLedger ledger;
  private final ShareState state;
  private final Runnable checkpoint;
  private final MemoryBudget budget;

  private MemoryShare(MemoryLedger ledger, ShareState state, Runnable checkpoint) {
    this.ledger = ledger;
    this.state = state;
    this.checkpoint = checkpoint;
    this.budget = new MemoryBudget(ledger, state, checkpoint);
  }

  /**
   * Waits until {@code state}, which is new, may start, and returns its part; the caller closes it.
   *
   * @param checkpoint run again and again while this waits; may throw to end the wait
   */
  static MemoryShare open(MemoryLedger ledger, ShareState state, Runnable checkpoint) {
    boolean entered = false;
    try {
      ledger.enter(state, checkpoint);
      entered = true;
      return new MemoryShare(ledger, state, checkpoint);
    } finally {
      if (!entered) {
        ledger.leave(state);
      }
    }
  }

  /** Returns what the merge asks for memory. */
  public MemoryBudget budget() {
    return budget;
  }

  /**
   * Sets aside what the merge needs, waiting for other merges if they have it; lets the next merge
   * start. Called once, or not at all.
   *
   * @throws MergeException.LimitExceeded if that is more than the whole budget, or more than open
   *     scans leave of it, with the sum
   */
  public void reserveMinimum(PhaseNeeds needs) {
    requireWithinLimits(needs);
    long[] minimum = new long[ShareState.POOLS];
    long[] wanted = new long[ShareState.POOLS];
    for (MemoryKind kind : MemoryKind.values()) {
      minimum[kind.ordinal()] = needs.bytes(kind);
      minimum[ShareState.TOTAL] += needs.bytes(kind);
      wanted[kind.ordinal()] = needs.bytesBesideOthers(kind);
      wanted[ShareState.TOTAL] += needs.bytesBesideOthers(kind);
    }
    if (!ledger.declare(state, minimum, wanted, checkpoint)) {
      throw ledger.refusal(needs);
    }
  }

  /** Returns the most that there is of {@code kind} for all merges together. */
  public long limitBytes(MemoryKind kind) {
    return ledger.limits().bytes(kind);
  }

  /** Returns whether one limit covers both kinds, so that each may take all of it. */
  public boolean oneLimit() {
    return ledger.limits().bytes(MemoryKind.HEAP) == ledger.limits().totalBytes();
  }

  /**
   * Returns if the whole budget is as large as {@code needs}; nothing is set aside.
   *
   * @throws MergeException.LimitExceeded if it is not, with the sum
   */
  public void requireWithinLimits(PhaseNeeds needs) {
    long total = 0;
    for (MemoryKind kind : MemoryKind.values()) {
      long bytes = needs.bytes(kind);
      if (bytes > ledger.limits().bytes(kind)) {
        throw needs.refusal(kind, ledger.limits().bytes(kind));
      }
      total += bytes;
    }
    if (total > ledger.limits().totalBytes()) {
      throw needs.refusal(null, ledger.limits().totalBytes());
    }
  }

  @Override
  public void close() {
    ledger.leave(state);
  }
}
