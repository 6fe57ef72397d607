package dev.keymerge.internal.memory;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
 * <p>Thread-safe.
 */
final class MemoryLedger {
  private static final long LOOK_EVERY_MILLIS = 20;

  private final PoolLimits limits;
  private final ChargeGate gate;
  private final ShareState all = new ShareState("all");
  private final List<ShareState> shares = new ArrayList<>();
  private final Deque<ShareState> door = new ArrayDeque<>();
  private final Set<MemoryReservation> reservations = ConcurrentHashMap.newKeySet();

  MemoryLedger(PoolLimits limits, ChargeGate gate) {
    this.limits = limits;
    this.gate = gate;
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
    return shares.size();
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
    await(checkpoint, () -> door.peekFirst() == share);
    synchronized (this) {
      shares.add(share);
    }
    await(checkpoint, () -> othersAreWithinBounds(share));
    synchronized (this) {
      share.waiting = false;
    }
  }

  /** Sets {@code minimum} aside for {@code share}, once that can be, and lets the next one come. */
  void declare(ShareState share, long[] minimum, Runnable checkpoint) {
    await(checkpoint, () -> canSetAside(share, minimum));
    synchronized (this) {
      System.arraycopy(minimum, 0, share.minimum, 0, minimum.length);
    }
    await(checkpoint, () -> othersAreWithinBounds(share));
    leaveDoor(share);
  }

  /** Returns whether {@code share} may wait for more, instead of being refused. */
  synchronized boolean mayWait(ShareState share) {
    return door.peekFirst() == share && shares.size() > 1;
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
    long setAside = 0;
    int count = 0;
    for (ShareState other : shares) {
      if (other == share || !other.waiting || urgency == Urgency.NORMAL) {
        setAside += other.minimum[pool];
        count++;
      }
    }
    return share.minimum[pool] + (limit(pool) - setAside) / Math.max(1, count);
  }

  private boolean othersAreWithinBounds(ShareState share) {
    for (ShareState other : shares) {
      for (int pool = 0; other != share && pool < ShareState.POOLS; pool++) {
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
        setAside += other == share ? 0 : other.minimum[pool];
      }
      if (setAside > limit(pool)) {
        return false;
      }
    }
    return true;
  }

  private void await(Runnable checkpoint, Condition condition) {
    while (true) {
      checkpoint.run();
      synchronized (this) {
        if (condition.holds()) {
          return;
        }
        awaitRelease();
      }
    }
  }

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
