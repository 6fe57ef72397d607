package dev.keymerge.internal.memory;

import dev.keymerge.MergeException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Keeps the accounts of all merges of an engine and decides who gets what.
 *
 * <p>A merge that is alone may take everything. When several are there, each has a bound: what it
 * declared as its minimum, and an equal part of what is left when all minima are set aside. So the
 * bounds add up to the limit, and a merge below its bound is never refused because of another one.
 *
 * <p>Merges come in through a door, one after the other in the order of their arrival. Whoever is
 * next waits there until the others are within the bounds that hold with it, reads the snapshot of
 * its target, declares its minimum, waits until that can be set aside, and only then leaves the
 * door to the next. Waiting happens at the door alone, and whoever has passed it never waits for
 * anyone: so those inside always come to their end, and with them the wait. While somebody stands
 * there, those inside are held to the bounds that will hold with it as long as they can free
 * something; they get more only if nothing else helps them on.
 *
 * <p>Nobody waits for a scan, whose reader may never come back. What a scan holds beyond its bound,
 * because others came later, it is asked to give back; what it keeps is set aside, and the others
 * share the rest. It gets no more until it is within its bound again. Who is held up by scans alone
 * for too long is refused.
 *
 * <p>Thread-safe.
 */
final class MemoryLedger {
  /** How long scans alone may hold somebody up. */
  static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final long LOOK_EVERY_MILLIS = 20;

  private final PoolLimits limits;
  private final ChargeGate gate;
  private final long patienceNanos;
  private final ShareState all = new ShareState("all", ShareState.Holder.MERGE);
  private final List<ShareState> shares = new ArrayList<>();
  private final Deque<ShareState> door = new ArrayDeque<>();
  private final Set<MemoryReservation> reservations = ConcurrentHashMap.newKeySet();
  private long departures;

  MemoryLedger(PoolLimits limits, ChargeGate gate, long patienceNanos) {
    this.limits = limits;
    this.gate = gate;
    this.patienceNanos = patienceNanos;
  }

  PoolLimits limits() {
    return limits;
  }

  /** Returns the account of everything that is held, in shares or not. */
  ShareState all() {
    return all;
  }

  Set<MemoryReservation> reservations() {
    return reservations;
  }

  long limit(int pool) {
    return pool == ShareState.TOTAL ? limits.totalBytes() : limits.bytes(MemoryKind.values()[pool]);
  }

  synchronized long used(ShareState share, int pool) {
    return share.used[pool];
  }

  synchronized long peak(ShareState share, int pool) {
    return share.peak[pool];
  }

  /** Returns how many merges share the limit now. */
  synchronized int merges() {
    return shares.size() - scans();
  }

  /** Returns how many scans do. */
  synchronized int scans() {
    int scans = 0;
    for (ShareState share : shares) {
      scans += share.isScan() ? 1 : 0;
    }
    return scans;
  }

  /** Returns the most that {@code share} may hold now. */
  synchronized long bound(ShareState share, int pool) {
    return bound(share, pool, Urgency.NORMAL);
  }

  /** Returns what {@code share} could be granted now without anyone giving way. */
  synchronized long free(ShareState share, int pool) {
    long inPool = free(share, pool, Urgency.NORMAL);
    return Math.max(0, Math.min(inPool, free(share, ShareState.TOTAL, Urgency.NORMAL)));
  }

  /** Returns whether a request may be considered at all. */
  synchronized boolean admits(MemoryKind kind, long bytes) {
    return gate.admits(kind, bytes);
  }

  /** Charges {@code bytes} and returns true, or changes nothing and returns false. */
  synchronized boolean tryCharge(ShareState share, MemoryKind kind, long bytes, Urgency urgency) {
    int pool = kind.ordinal();
    // Compared by what is left, so that no request is large enough to overflow.
    if (bytes > free(share, pool, urgency) || bytes > free(share, ShareState.TOTAL, urgency)) {
      return false;
    }
    all.add(pool, bytes);
    if (share != all) {
      share.add(pool, bytes);
    }
    return true;
  }

  synchronized void release(ShareState share, MemoryKind kind, long bytes) {
    all.subtract(kind.ordinal(), bytes);
    if (share != all) {
      share.subtract(kind.ordinal(), bytes);
    }
    if (!door.isEmpty()) {
      notifyAll();
    }
  }

  /** Lets {@code share} wait for its turn and for room. */
  void enter(ShareState share, Runnable checkpoint) {
    synchronized (this) {
      share.waiting = true;
      door.addLast(share);
    }
    await(share, checkpoint, () -> door.peekFirst() == share);
    synchronized (this) {
      shares.add(share);
    }
    relieveScans(share);
    await(share, checkpoint, () -> mergesAreWithinBounds(share));
    synchronized (this) {
      share.waiting = false;
    }
  }

  /**
   * Sets aside what {@code share} wants beside others, once that can be, and lets the next one
   * come. Who is alone, or beside scans only, makes do with {@code minimum}.
   *
   * @return false if open scans leave less than that
   */
  boolean declare(ShareState share, long[] minimum, long[] wanted, Runnable checkpoint) {
    await(
        share,
        checkpoint,
        () -> {
          long[] setAside = wanted;
          boolean allAsked = share.asksAll || shares.size() <= 1;
          if (!canSetAside(share, wanted) && allAsked && !hasMerges(share)) {
            setAside = minimum;
          }
          // Scans are asked before anyone makes do with less because of them.
          share.asksAll = true;
          share.declared = canSetAside(share, setAside);
          if (share.declared) {
            System.arraycopy(setAside, 0, share.minimum, 0, setAside.length);
            share.asksAll = false;
          }
          return share.declared || !mayWait(share);
        });
    if (!share.declared) {
      return false;
    }
    relieveScans(share);
    await(share, checkpoint, () -> mergesAreWithinBounds(share));
    leaveDoor(share);
    return true;
  }

  /** Returns whether {@code share} may wait for more, instead of being refused. */
  synchronized boolean mayWait(ShareState share) {
    if (door.peekFirst() != share || shares.size() <= 1) {
      return false;
    }
    if (hasMerges(share)) {
      return true;
    }
    long now = System.nanoTime();
    if (share.heldUpSince == 0) {
      share.heldUpSince = now;
      share.asksAll = true;
    }
    return now - share.heldUpSince < patienceNanos;
  }

  /** Returns whether a merge is at work beside {@code share}. */
  private boolean hasMerges(ShareState share) {
    for (ShareState other : shares) {
      if (other != share && !other.isScan()) {
        return true;
      }
    }
    return false;
  }

  /**
   * Asks scans for what they hold beyond their bounds, or for all that they can do without if
   * {@code share} cannot have what it wants otherwise; returns whether anything came back.
   */
  boolean relieveScans(ShareState share) {
    boolean freed = false;
    for (ScanExcess excess : excesses(share)) {
      freed |= excess.scan.reclaimers().reclaim(excess.kind, excess.bytes);
    }
    return freed;
  }

  private synchronized List<ScanExcess> excesses(ShareState share) {
    if (scans() == 0) {
      return List.of();
    }
    List<ScanExcess> found = new ArrayList<>();
    for (ShareState scan : shares) {
      for (MemoryKind kind : MemoryKind.values()) {
        int pool = kind.ordinal();
        long excess =
            !share.asksAll
                ? Math.max(
                    scan.used[pool] - bound(scan, pool),
                    scan.used[ShareState.TOTAL] - bound(scan, ShareState.TOTAL))
                : scan.used[pool];
        if (scan.isScan() && scan != share && excess > 0) {
          found.add(new ScanExcess(scan, kind, excess));
        }
      }
    }
    return found;
  }

  /** Returns the refusal of a merge to which open scans leave too little. */
  synchronized MergeException.LimitExceeded refusal(PhaseNeeds needs) {
    MemoryKind scarcest = MemoryKind.HEAP;
    long least = Long.MAX_VALUE;
    long[] held = new long[ShareState.POOLS];
    for (MemoryKind kind : MemoryKind.values()) {
      int pool = kind.ordinal();
      for (ShareState share : shares) {
        held[pool] += share.isScan() ? share.kept(pool) : 0;
      }
      long spare = limit(pool) - held[pool] - needs.bytes(kind);
      if (spare < least) {
        least = spare;
        scarcest = kind;
      }
    }
    int pool = scarcest.ordinal();
    return needs.refusalBesideScans(scarcest, held[pool], limit(pool));
  }

  /** Returns how many merges and scans have left. */
  synchronized long departures() {
    return departures;
  }

  /** Waits a moment if merges are at work beside {@code share}, and returns whether they are. */
  synchronized boolean awaitMerges(ShareState share) {
    boolean there = hasMerges(share);
    if (there) {
      awaitRelease();
    }
    return there;
  }

  /** Waits a moment for someone to give something back; callers look again themselves. */
  @SuppressWarnings("WaitNotInLoop")
  synchronized void awaitRelease() {
    try {
      wait(LOOK_EVERY_MILLIS);
    } catch (InterruptedException e) {
      // Merges are cancelled by their token; the next checkpoint asks it.
      Thread.currentThread().interrupt();
    }
  }

  void leave(ShareState share) {
    leaveDoor(share);
    synchronized (this) {
      shares.remove(share);
      departures++;
      notifyAll();
    }
  }

  private synchronized void leaveDoor(ShareState share) {
    door.remove(share);
    notifyAll();
  }

  private long free(ShareState share, int pool, Urgency urgency) {
    long free = limit(pool) - all.used[pool];
    return share == all ? free : Math.min(free, bound(share, pool, urgency) - share.used[pool]);
  }

  private long bound(ShareState share, int pool, Urgency urgency) {
    if (share == all) {
      return limit(pool);
    }
    long rest = limit(pool);
    int count = 0;
    boolean again = false;
    for (ShareState other : shares) {
      other.apart = other != share && other.waiting && urgency == Urgency.LAST_RESORT;
      if (!other.apart) {
        rest -= other.minimum[pool];
        count++;
        again |= other.isScan();
      }
    }
    // Each scan that is set apart leaves less to the others, so that one more may be beyond that.
    while (again) {
      again = false;
      for (ShareState other : shares) {
        boolean counts = other.isScan() && other != share && !other.apart;
        if (counts && other.used[pool] > other.minimum[pool] + rest / count) {
          other.apart = true;
          rest -= other.used[pool] - other.minimum[pool];
          count--;
          again = true;
        }
      }
    }
    return share.minimum[pool] + Math.max(0, rest) / Math.max(1, count);
  }

  private boolean mergesAreWithinBounds(ShareState share) {
    for (ShareState other : shares) {
      boolean counts = other != share && !other.isScan();
      for (int pool = 0; counts && pool < ShareState.POOLS; pool++) {
        if (other.used[pool] > bound(other, pool, Urgency.NORMAL)) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean canSetAside(ShareState share, long[] minimum) {
    for (int pool = 0; pool < minimum.length; pool++) {
      long setAside = minimum[pool];
      for (ShareState other : shares) {
        setAside += other == share ? 0 : other.kept(pool);
      }
      if (setAside > limit(pool)) {
        return false;
      }
    }
    return true;
  }

  private void await(ShareState share, Runnable checkpoint, Condition condition) {
    while (true) {
      checkpoint.run();
      synchronized (this) {
        if (condition.holds()) {
          return;
        }
      }
      relieveScans(share);
      synchronized (this) {
        if (condition.holds()) {
          return;
        }
        awaitRelease();
      }
    }
  }

  /** Says what a scan holds of one kind beyond its bound. */
  private record ScanExcess(ShareState scan, MemoryKind kind, long bytes) {}

  /** Says whether merges that still wait at the door are counted. */
  enum Urgency {
    /** They are: whoever asks can do with less. */
    NORMAL,
    /** They are not: without it, the one who asks cannot go on. */
    LAST_RESORT
  }

  /** Tells, under the ledger's lock, whether a wait is over. */
  @FunctionalInterface
  private interface Condition {
    boolean holds();
  }
}
