package dev.keymerge.internal.memory;

/**
 * Counts what one merge or scan holds of each kind and of both, and what it was promised.
 *
 * <p>All of it is guarded by the ledger that it belongs to.
 */
final class ShareState {
  /** Pools are numbered as kinds are; this number stands for both kinds together. */
  static final int TOTAL = MemoryKind.values().length;

  static final int POOLS = TOTAL + 1;

  /** Says who holds a share. */
  enum Holder {
    /** One that works until it ends, so that others may wait for it. */
    MERGE,
    /** One that works when its reader asks for more, which may be never. */
    SCAN
  }

  private final String name;
  private final Holder holder;
  private final Reclaimers reclaimers = new Reclaimers();
  final long[] used = new long[POOLS];
  final long[] peak = new long[POOLS];
  final long[] minimum = new long[POOLS];

  /** Whether this stands at the door: counted when others want more, but not let in yet. */
  boolean waiting;

  /** Whether its minimum is set aside. */
  boolean declared;

  /** Whether scans should give it all that they can do without. */
  boolean asksAll;

  /** Whether this is left out while a bound is computed; means nothing in between. */
  boolean apart;

  /** Since when only scans have kept this from going on, or 0 if they never did. */
  long heldUpSince;

  ShareState(String name, Holder holder) {
    this.name = name;
    this.holder = holder;
  }

  String name() {
    return name;
  }

  boolean isScan() {
    return holder == Holder.SCAN;
  }

  Reclaimers reclaimers() {
    return reclaimers;
  }

  /**
   * Returns what others cannot have: the minimum, and of a scan whatever it holds, since nobody
   * waits for that.
   */
  long kept(int pool) {
    return isScan() ? Math.max(minimum[pool], used[pool]) : minimum[pool];
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
