package dev.keymerge.internal.memory;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Holds part of the memory budget for one named owner and gives it back on close.
 *
 * <p>Ask before allocating: {@link #tryGrow} either charges the whole amount or changes nothing. A
 * refusal is a normal answer; the owner shrinks, spills or gives up. Closing twice is harmless.
 *
 * <p>Growing and shrinking are thread-safe; closing is the owner's alone, after its last use.
 */
public final class MemoryReservation implements AutoCloseable {
  private final MemoryBudget budget;
  private final String owner;
  private final MemoryKind kind;
  private final AtomicLong bytes = new AtomicLong();

  MemoryReservation(MemoryBudget budget, String owner, MemoryKind kind) {
    this.budget = budget;
    this.owner = owner;
    this.kind = kind;
  }

  /** Returns the name that messages show. */
  public String owner() {
    return owner;
  }

  /** Returns which pool pays. */
  public MemoryKind kind() {
    return kind;
  }

  /** Returns the bytes held now. */
  public long bytes() {
    return bytes.get();
  }

  /** Returns whether {@code payer} is what this asks. */
  boolean paidBy(MemoryBudget payer) {
    return budget == payer;
  }

  /** Charges {@code more} bytes and returns true, or changes nothing and returns false. */
  public boolean tryGrow(long more) {
    if (!budget.tryCharge(kind, more)) {
      return false;
    }
    bytes.addAndGet(more);
    return true;
  }

  /**
   * Charges {@code more} bytes.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses; nothing is charged
   *     then
   */
  public void grow(long more) {
    budget.charge(owner, kind, more);
    bytes.addAndGet(more);
  }

  /** Gives {@code fewer} bytes back; never more than are held. */
  public void shrink(long fewer) {
    if (bytes.addAndGet(-fewer) < 0) {
      bytes.addAndGet(fewer);
      throw new IllegalStateException(owner + " gives back more memory than it holds");
    }
    budget.release(kind, fewer);
  }

  @Override
  public void close() {
    budget.release(kind, bytes.getAndSet(0));
    budget.forget(this);
  }
}
