package dev.keymerge.internal.memory;

import dev.keymerge.MergeException;

/**
 * Holds one merge's part of an engine's memory, from the door to the end of the merge.
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
   * Waits until a merge called {@code name} may start, and returns its part; the caller closes it.
   *
   * @param checkpoint run again and again while this waits; may throw to end the wait
   */
  static MemoryShare open(MemoryLedger ledger, String name, Runnable checkpoint) {
    ShareState state = new ShareState(name);
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
   * Sets aside what the merge needs at least, waiting for other merges if they have it; lets the
   * next merge start. Called once, or not at all.
   *
   * @throws MergeException.LimitExceeded if that is more than the whole budget, with the sum
   */
  public void reserveMinimum(PhaseNeeds needs) {
    long[] minimum = new long[ShareState.POOLS];
    for (MemoryKind kind : MemoryKind.values()) {
      minimum[kind.ordinal()] = needs.bytes(kind);
      minimum[ShareState.TOTAL] += needs.bytes(kind);
      if (needs.bytes(kind) > ledger.limits().bytes(kind)) {
        throw needs.refusal(kind, ledger.limits().bytes(kind));
      }
    }
    if (minimum[ShareState.TOTAL] > ledger.limits().totalBytes()) {
      throw needs.refusal(null, ledger.limits().totalBytes());
    }
    ledger.declare(state, minimum, checkpoint);
  }

  @Override
  public void close() {
    ledger.leave(state);
  }
}
