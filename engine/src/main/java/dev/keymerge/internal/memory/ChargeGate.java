package dev.keymerge.internal.memory;

/**
 * Decides whether a budget may even consider a charge, so that refusals can be had where limits
 * would not give them.
 *
 * <p>Asked under the budget's lock, once for each charge; must not ask the budget anything.
 */
@FunctionalInterface
interface ChargeGate {
  /** Lets the limits alone decide. */
  ChargeGate OPEN = (kind, bytes) -> true;

  /** Returns whether {@code bytes} more of {@code kind} may be charged if the limits allow it. */
  boolean admits(MemoryKind kind, long bytes);
}
