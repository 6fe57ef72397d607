package dev.keymerge.internal.parquet;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReclaimer;
import dev.keymerge.internal.memory.MemoryReservation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps large byte arrays of readers and encoders that have ended, for those that begin: each
 * column of each row group needs a window into the file and a page or two, of about the same sizes.
 *
 * <p>What lies idle is charged, stays below a bound, and is dropped as soon as anyone needs the
 * memory. Thread-safe.
 */
final class ArrayPool implements MemoryReclaimer, AutoCloseable {
  /** Shorter arrays are cheaper to make than to keep. */
  static final int LEAST_BYTES = 32 << 10;

  private static final int SPARED = 4;

  private final MemoryBudget budget;
  private final MemoryReservation reservation;
  private final Registration registration;
  private final long mostBytes;
  private final List<byte[]> idle = new ArrayList<>();
  private long hits;
  private long misses;

  /** Creates an empty pool that keeps at most {@code mostBytes}. */
  ArrayPool(MemoryBudget budget, long mostBytes) {
    this.budget = budget;
    this.reservation = budget.open("idle page buffers");
    this.mostBytes = mostBytes;
    this.registration = budget.onPressure(this);
  }

  /**
   * Returns an array of at least {@code length} bytes and not much more, no longer charged, or null
   * if there is none. Of short ones there never is, and they do not count as missed.
   */
  byte @Nullable [] take(int length) {
    if (length < LEAST_BYTES) {
      return null;
    }
    byte[] best = null;
    synchronized (idle) {
      for (byte[] array : idle) {
        boolean fits = array.length >= length && array.length / 2 <= length;
        if (fits && (best == null || array.length < best.length)) {
          best = array;
        }
      }
      if (best == null) {
        misses++;
        return null;
      }
      hits++;
      remove(best);
    }
    reservation.shrink(best.length);
    return best;
  }

  /** Removes just this array, whatever others look like. */
  @SuppressWarnings("ReferenceEquality")
  private void remove(byte[] array) {
    for (int i = 0; i < idle.size(); i++) {
      if (idle.get(i) == array) {
        idle.remove(i);
        return;
      }
    }
  }

  /** Takes over an array that nobody uses any more and that is no longer charged. */
  void give(byte[] array) {
    // Nothing is worth keeping that others would have to free memory for.
    boolean room =
        array.length >= LEAST_BYTES
            && reservation.bytes() + array.length <= mostBytes
            && budget.freeBytes(MemoryKind.HEAP) >= (long) SPARED * array.length;
    if (room && reservation.tryGrow(array.length)) {
      synchronized (idle) {
        idle.add(array);
      }
    }
  }

  /** Returns how often an array was found here. */
  long hits() {
    synchronized (idle) {
      return hits;
    }
  }

  /** Returns how often an array had to be made. */
  long misses() {
    synchronized (idle) {
      return misses;
    }
  }

  @Override
  public long reclaimableBytes(MemoryKind kind) {
    return kind == MemoryKind.HEAP ? reservation.bytes() : 0;
  }

  @Override
  public long reclaim(MemoryKind kind, long bytes) {
    if (kind != MemoryKind.HEAP) {
      return 0;
    }
    long freed = 0;
    synchronized (idle) {
      for (byte[] array : idle) {
        freed += array.length;
      }
      idle.clear();
    }
    reservation.shrink(freed);
    return freed;
  }

  @Override
  public void close() {
    registration.close();
    synchronized (idle) {
      idle.clear();
    }
    reservation.close();
  }
}
