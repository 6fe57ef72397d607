package dev.keymerge.internal.memory;

import dev.keymerge.MergeException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Caps the bytes that an engine holds, heap and native together, and knows who holds them.
 *
 * <p>Nothing grows without asking: holders open a {@link MemoryReservation} under a name and ask it
 * for every byte. A refusal is a normal answer. Giving back never fails and never allocates.
 *
 * <p>Thread-safe.
 */
public final class MemoryBudget {
  private static final int HOLDERS_SHOWN = 3;

  private final long limitBytes;
  private final AtomicLong usedBytes = new AtomicLong();
  private final AtomicLong peakBytes = new AtomicLong();
  private final Set<MemoryReservation> reservations = ConcurrentHashMap.newKeySet();

  /** Creates a budget of {@code limitBytes}, which must be positive. */
  public MemoryBudget(long limitBytes) {
    if (limitBytes <= 0) {
      throw new IllegalArgumentException("A memory budget must be positive, not " + limitBytes);
    }
    this.limitBytes = limitBytes;
  }

  /** Returns the most bytes that may be held at once. */
  public long limitBytes() {
    return limitBytes;
  }

  /** Returns the bytes held now. */
  public long usedBytes() {
    return usedBytes.get();
  }

  /** Returns the most bytes that were ever held at once. */
  public long peakBytes() {
    return peakBytes.get();
  }

  /** Returns the bytes that could be granted now. */
  public long freeBytes() {
    return Math.max(0, limitBytes - usedBytes.get());
  }

  /**
   * Opens an empty reservation for {@code owner}, a short name for messages; the caller closes it.
   */
  public MemoryReservation open(String owner) {
    MemoryReservation reservation = new MemoryReservation(this, owner);
    reservations.add(reservation);
    return reservation;
  }

  boolean tryCharge(long bytes) {
    while (true) {
      long used = usedBytes.get();
      long next = used + bytes;
      if (next > limitBytes || next < used) {
        return false;
      }
      if (usedBytes.compareAndSet(used, next)) {
        peakBytes.accumulateAndGet(next, Math::max);
        return true;
      }
    }
  }

  void release(long bytes) {
    usedBytes.addAndGet(-bytes);
  }

  void forget(MemoryReservation reservation) {
    reservations.remove(reservation);
  }

  /**
   * Returns the refusal that tells {@code owner} why it did not get {@code bytes}, and who holds
   * the rest.
   */
  MergeException.LimitExceeded denial(String owner, long bytes) {
    List<MemoryReservation> holders =
        reservations.stream()
            .filter(reservation -> reservation.bytes() > 0)
            .sorted(Comparator.comparingLong(MemoryReservation::bytes).reversed())
            .limit(HOLDERS_SHOWN)
            .toList();
    StringBuilder text =
        new StringBuilder()
            .append(owner)
            .append(" needs ")
            .append(megabytes(bytes))
            .append(" more, but ")
            .append(megabytes(usedBytes.get()))
            .append(" of the memory budget of ")
            .append(megabytes(limitBytes))
            .append(" are in use");
    String separator = "; largest holders: ";
    for (MemoryReservation holder : holders) {
      text.append(separator).append(holder.owner()).append(' ').append(megabytes(holder.bytes()));
      separator = ", ";
    }
    return new MergeException.LimitExceeded(
        text.toString(), "Raise the memory limit (--memory), or use fewer threads (--threads).");
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1_000_000.0);
  }
}
