package dev.keymerge.internal.memory;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Asks the holders of one merge to free memory, the largest first.
 *
 * <p>One thread at a time; another one that needs memory meanwhile waits for what the first one
 * frees. Thread-safe.
 */
final class Reclaimers {
  private final List<MemoryReclaimer> registered = new CopyOnWriteArrayList<>();
  private final ReentrantLock working = new ReentrantLock();

  MemoryReclaimer.Registration register(MemoryReclaimer reclaimer) {
    registered.add(reclaimer);
    return () -> registered.remove(reclaimer);
  }

  /**
   * Returns whether anything was freed.
   *
   * <p>A thread that asks from within a reclaimer gets nothing, rather than asking in circles.
   */
  boolean reclaim(MemoryKind kind, long bytes) {
    if (registered.isEmpty() || working.isHeldByCurrentThread()) {
      return false;
    }
    working.lock();
    try {
      long freed = 0;
      for (MemoryReclaimer reclaimer : largestFirst(kind)) {
        freed += reclaimer.reclaim(kind, bytes - freed);
        if (freed >= bytes) {
          break;
        }
      }
      return freed > 0;
    } finally {
      working.unlock();
    }
  }

  private List<MemoryReclaimer> largestFirst(MemoryKind kind) {
    return registered.stream()
        .map(reclaimer -> new Offer(reclaimer, reclaimer.reclaimableBytes(kind)))
        .filter(offer -> offer.bytes > 0)
        .sorted(Comparator.comparingLong(Offer::bytes).reversed())
        .map(Offer::reclaimer)
        .toList();
  }

  /** Keeps what a reclaimer offered while offers are compared. */
  private record Offer(MemoryReclaimer reclaimer, long bytes) {}
}
