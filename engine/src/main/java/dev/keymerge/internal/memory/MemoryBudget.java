package dev.keymerge.internal.memory;

import dev.keymerge.MergeException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Caps the bytes that an engine holds, in two pools for heap and native memory and in one sum of
 * both, and knows who holds them.
 *
 * <p>Nothing grows without asking: holders open a {@link MemoryReservation} under a name and ask it
 * for every byte. A refusal is a normal answer. Giving back never fails and never allocates.
 *
 * <p>Thread-safe.
 */
public final class MemoryBudget {
  private static final int HOLDERS_SHOWN = 3;
  private static final List<MemoryKind> ALL_KINDS = List.of(MemoryKind.values());

  private final PoolLimits limits;
  private final ChargeGate gate;
  private final long[] used = new long[MemoryKind.values().length];
  private final long[] peak = new long[MemoryKind.values().length];
  private long peakTotal;
  private final Set<MemoryReservation> reservations = ConcurrentHashMap.newKeySet();

  /** Creates a budget of {@code limitBytes}, which must be positive, for both kinds together. */
  public MemoryBudget(long limitBytes) {
    this(PoolLimits.shared(limitBytes));
  }

  /** Creates a budget of two pools. */
  public MemoryBudget(PoolLimits limits) {
    this(limits, ChargeGate.OPEN);
  }

  /** Creates a budget that asks {@code gate} before each charge, whatever the limits allow. */
  MemoryBudget(PoolLimits limits, ChargeGate gate) {
    this.limits = limits;
    this.gate = gate;
  }

  /** Returns the most bytes of both kinds that may be held at once. */
  public long limitBytes() {
    return limits.totalBytes();
  }

  /** Returns the most bytes of {@code kind} that may be held at once. */
  public long limitBytes(MemoryKind kind) {
    return limits.bytes(kind);
  }

  /** Returns the bytes of both kinds held now. */
  public synchronized long usedBytes() {
    return total();
  }

  /** Returns the bytes of {@code kind} held now. */
  public synchronized long usedBytes(MemoryKind kind) {
    return used[kind.ordinal()];
  }

  /** Returns the most bytes of both kinds that were ever held at once. */
  public synchronized long peakBytes() {
    return peakTotal;
  }

  /** Returns the most bytes of {@code kind} that were ever held at once. */
  public synchronized long peakBytes(MemoryKind kind) {
    return peak[kind.ordinal()];
  }

  /** Returns the bytes of both kinds that could be granted now. */
  public synchronized long freeBytes() {
    return Math.max(0, limits.totalBytes() - total());
  }

  /** Returns the bytes of {@code kind} that could be granted now. */
  public synchronized long freeBytes(MemoryKind kind) {
    return Math.max(
        0, Math.min(limits.bytes(kind) - used[kind.ordinal()], limits.totalBytes() - total()));
  }

  /**
   * Opens an empty reservation of heap memory for {@code owner}, a short name for messages; the
   * caller closes it.
   */
  public MemoryReservation open(String owner) {
    return open(owner, MemoryKind.HEAP);
  }

  /**
   * Opens an empty reservation for {@code owner}, a short name for messages; the caller closes it.
   */
  public MemoryReservation open(String owner, MemoryKind kind) {
    MemoryReservation reservation = new MemoryReservation(this, owner, kind);
    reservations.add(reservation);
    return reservation;
  }

  synchronized boolean tryCharge(MemoryKind kind, long bytes) {
    if (!gate.admits(kind, bytes)) {
      return false;
    }
    int pool = kind.ordinal();
    // Compared by what is left, so that no request is large enough to overflow.
    if (bytes > limits.bytes(kind) - used[pool] || bytes > limits.totalBytes() - total()) {
      return false;
    }
    used[pool] += bytes;
    peak[pool] = Math.max(peak[pool], used[pool]);
    peakTotal = Math.max(peakTotal, total());
    return true;
  }

  synchronized void release(MemoryKind kind, long bytes) {
    used[kind.ordinal()] -= bytes;
  }

  void forget(MemoryReservation reservation) {
    reservations.remove(reservation);
  }

  private long total() {
    return used[MemoryKind.HEAP.ordinal()] + used[MemoryKind.NATIVE.ordinal()];
  }

  /**
   * Returns the refusal that tells {@code owner} why it did not get {@code bytes}, and who holds
   * the rest.
   */
  MergeException.LimitExceeded denial(String owner, MemoryKind kind, long bytes) {
    boolean poolIsFull = bytes > limitBytes(kind) - usedBytes(kind);
    long limit = poolIsFull ? limitBytes(kind) : limitBytes();
    long inUse = poolIsFull ? usedBytes(kind) : usedBytes();
    String what =
        limit == limitBytes() ? "the memory budget of " : "the budget for " + kind.text() + " of ";
    StringBuilder text =
        new StringBuilder()
            .append(owner)
            .append(": needs ")
            .append(readable(bytes))
            .append(" more, but ")
            .append(readable(inUse))
            .append(" of ")
            .append(what)
            .append(readable(limit))
            .append(" are in use");
    String separator = "; largest holders: ";
    for (MemoryReservation holder : largestHolders(poolIsFull ? List.of(kind) : ALL_KINDS)) {
      text.append(separator).append(holder.owner()).append(' ').append(readable(holder.bytes()));
      separator = ", ";
    }
    return new MergeException.LimitExceeded(
        text.toString(), "Raise the memory limit (--memory), or use fewer threads (--threads).");
  }

  private List<MemoryReservation> largestHolders(List<MemoryKind> kinds) {
    return reservations.stream()
        .filter(reservation -> reservation.bytes() > 0 && kinds.contains(reservation.kind()))
        .sorted(Comparator.comparingLong(MemoryReservation::bytes).reversed())
        .limit(HOLDERS_SHOWN)
        .toList();
  }

  private static String readable(long bytes) {
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%.1f KiB", bytes / (double) (1 << 10))
        : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }
}
