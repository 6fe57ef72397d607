package dev.keymerge.internal.memory;

/**
 * Counts what one merge holds of each kind and of both, and what it was promised.
 *
 * <p>All of it is guarded by the ledger that it belongs to.
 */
final class ShareState {
  /** Pools are numbered as kinds are; this number stands for both kinds together. */
  static final int TOTAL = MemoryKind.values().length;

  static final int POOLS = TOTAL + 1;

  private final String name;
  private final Reclaimers reclaimers = new Reclaimers();
  final long[] used = new long[POOLS];
  final long[] peak = new long[POOLS];
  final long[] minimum = new long[POOLS];

  /** Whether this stands at the door: counted when others want more, but not let in yet. */
  boolean waiting;

  ShareState(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  Reclaimers reclaimers() {
    return reclaimers;
  }

  void add(int pool, long bytes) {
    used[pool] += bytes;
    used[TOTAL] += bytes;
    peak[pool] = Math.max(peak[pool], used[pool]);
    peak[TOTAL] = Math.max(peak[TOTAL], used[TOTAL]);
  }

  void subtract(int pool, long bytes) {
    used[pool] -= bytes;
    used[TOTAL] -= bytes;
  }
}
