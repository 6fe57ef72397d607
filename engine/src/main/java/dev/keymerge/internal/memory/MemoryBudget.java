package dev.keymerge.internal.memory;

import dev.keymerge.MergeException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Caps the bytes that an engine holds, in two pools for heap and native memory and in one sum of
 * both, and knows who holds them.
 *
 * <p>Nothing grows without asking: holders open a {@link MemoryReservation} under a name and ask it
 * for every byte. A refusal is a normal answer. Before it comes, those who registered with {@link
 * #onPressure} are asked to free something, the largest first. Giving back never fails and never
 * allocates.
 *
 * <p>The budget of an engine is shared by its merges: each asks a budget of its own, which it gets
 * with its {@link MemoryShare} and which shows what the merge holds and may hold.
 *
 * <p>Thread-safe.
 */
public final class MemoryBudget {
  private static final int HOLDERS_SHOWN = 3;

  /** A request that others snatch the freed memory from so often is refused. */
  private static final int MOST_TRIES = 32;

  private static final List<MemoryKind> ALL_KINDS = List.of(MemoryKind.values());

  private final MemoryLedger ledger;
  private final ShareState share;
  private final Runnable checkpoint;

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
    this(limits, gate, MemoryLedger.PATIENCE_NANOS);
  }

  /** Creates a budget in which whoever is held up by scans alone is refused after a while. */
  MemoryBudget(PoolLimits limits, ChargeGate gate, long patienceNanos) {
    ledger = new MemoryLedger(limits, gate, patienceNanos);
    share = ledger.all();
    checkpoint = () -> {};
  }

  /** Creates the view that one merge has. */
  MemoryBudget(MemoryLedger ledger, ShareState share, Runnable checkpoint) {
    this.ledger = ledger;
    this.share = share;
    this.checkpoint = checkpoint;
  }

  /**
   * Waits until one more merge may start, and returns its part of this budget; the caller closes
   * it.
   *
   * @param name a short name for messages
   * @param whileWaiting run again and again while this waits; may throw to end the wait
   */
  public MemoryShare openShare(String name, Runnable whileWaiting) {
    return MemoryShare.open(ledger, new ShareState(name, ShareState.Holder.MERGE), whileWaiting);
  }

  /**
   * Returns a part as {@link #openShare} does, for a scan: merges do not wait for it to end, since
   * nobody knows when its reader comes back. They ask its reclaimers for what it holds beyond its
   * bound, and do without the rest of it.
   */
  public MemoryShare openScanShare(String name, Runnable whileWaiting) {
    return MemoryShare.open(ledger, new ShareState(name, ShareState.Holder.SCAN), whileWaiting);
  }

  /**
   * Returns the most bytes of both kinds that may be held at once; for one merge, as many as its
   * part has now.
   */
  public long limitBytes() {
    return ledger.bound(share, ShareState.TOTAL);
  }

  /**
   * Returns the most bytes of {@code kind} that may be held at once; for one merge, as many as its
   * part has now.
   */
  public long limitBytes(MemoryKind kind) {
    return ledger.bound(share, kind.ordinal());
  }

  /** Returns the bytes of both kinds held now. */
  public long usedBytes() {
    return ledger.used(share, ShareState.TOTAL);
  }

  /** Returns the bytes of {@code kind} held now. */
  public long usedBytes(MemoryKind kind) {
    return ledger.used(share, kind.ordinal());
  }

  /** Returns the most bytes of both kinds that were ever held at once. */
  public long peakBytes() {
    return ledger.peak(share, ShareState.TOTAL);
  }

  /** Returns the most bytes of {@code kind} that were ever held at once. */
  public long peakBytes(MemoryKind kind) {
    return ledger.peak(share, kind.ordinal());
  }

  /** Returns the bytes of both kinds that could be granted now without anyone freeing any. */
  public long freeBytes() {
    return ledger.free(share, ShareState.TOTAL);
  }

  /** Returns the bytes of {@code kind} that could be granted now without anyone freeing any. */
  public long freeBytes(MemoryKind kind) {
    return ledger.free(share, kind.ordinal());
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
    ledger.reservations().add(reservation);
    return reservation;
  }

  /**
   * Has {@code reclaimer} asked to free memory before a request of the same merge is refused; the
   * caller closes the registration before what the reclaimer needs is gone.
   */
  public MemoryReclaimer.Registration onPressure(MemoryReclaimer reclaimer) {
    return share.reclaimers().register(reclaimer);
  }

  /**
   * Asks the merge's reclaimers to free {@code bytes} of {@code kind}, because memory is scarce
   * outside of the budget's view; returns whether they freed anything.
   */
  public boolean relieve(MemoryKind kind, long bytes) {
    return share.reclaimers().reclaim(kind, bytes);
  }

  /**
   * Returns how many merges and scans have ended so far; each that ends leaves more to the others.
   */
  public long departures() {
    return ledger.departures();
  }

  /**
   * Waits a moment if merges are at work beside the one who asks, who is none, and returns whether
   * they are: they end some day, and leave what they hold.
   */
  public boolean awaitMerges() {
    return ledger.awaitMerges(share);
  }

  /** Charges {@code bytes}, after reclaimers have freed something if need be; or returns false. */
  boolean tryCharge(MemoryKind kind, long bytes) {
    return ledger.admits(kind, bytes) && chargeOrReclaim(kind, bytes);
  }

  private boolean chargeOrReclaim(MemoryKind kind, long bytes) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      if (ledger.tryCharge(share, kind, bytes, MemoryLedger.Urgency.NORMAL)) {
        return true;
      }
      long missing = Math.max(1, bytes - freeBytes(kind));
      if (!share.reclaimers().reclaim(kind, missing) && !ledger.relieveScans(share)) {
        return false;
      }
    }
    return false;
  }

  /**
   * Charges {@code bytes} for {@code owner}, who cannot do without.
   *
   * @throws MergeException.LimitExceeded if that cannot be
   */
  void charge(String owner, MemoryKind kind, long bytes) {
    if (!ledger.admits(kind, bytes)) {
      throw denial(owner, kind, bytes);
    }
    while (!chargeOrReclaim(kind, bytes)
        && !ledger.tryCharge(share, kind, bytes, MemoryLedger.Urgency.LAST_RESORT)) {
      if (!ledger.mayWait(share)) {
        throw denial(owner, kind, bytes);
      }
      checkpoint.run();
      ledger.awaitRelease();
    }
  }

  void release(MemoryKind kind, long bytes) {
    ledger.release(share, kind, bytes);
  }

  void forget(MemoryReservation reservation) {
    ledger.reservations().remove(reservation);
  }

  /**
   * Returns the refusal that tells {@code owner} why it did not get {@code bytes}, and who holds
   * the rest.
   */
  private MergeException.LimitExceeded denial(String owner, MemoryKind kind, long bytes) {
    boolean poolIsFull = bytes > limitBytes(kind) - usedBytes(kind);
    long limit = poolIsFull ? limitBytes(kind) : limitBytes();
    long inUse = poolIsFull ? usedBytes(kind) : usedBytes();
    int merges = share == ledger.all() ? 1 : ledger.merges();
    int scans = share == ledger.all() ? 0 : ledger.scans();
    boolean alone = merges + scans <= 1;
    StringBuilder text =
        new StringBuilder()
            .append(owner)
            .append(": needs ")
            .append(readable(bytes))
            .append(" more, but ")
            .append(readable(inUse))
            .append(
                alone
                    ? " of "
                    : share.isScan() ? " of this scan's part of " : " of this merge's part of ")
            .append(limit == limitBytes() ? "the memory budget" : "the budget for " + kind.text())
            .append(" of ")
            .append(readable(limit))
            .append(" are in use");
    if (!alone) {
      text.append("; merges at work: ").append(merges);
      text.append(scans == 0 ? "" : ", open scans: " + scans);
    }
    String separator = "; largest holders: ";
    for (Holder holder : largestHolders(poolIsFull ? List.of(kind) : ALL_KINDS)) {
      text.append(separator).append(holder.owner()).append(' ').append(readable(holder.bytes()));
      separator = ", ";
    }
    boolean otherPool = poolIsFull && limitBytes(kind) < limitBytes();
    return new MergeException.LimitExceeded(
        text.toString(),
        otherPool
            ? "Raise the memory limit (--memory), use fewer threads (--threads), or "
                + (kind == MemoryKind.HEAP ? "lower" : "raise")
                + " what of it is native memory (--arrow-memory)."
            : "Raise the memory limit (--memory), or use fewer threads (--threads).");
  }

  /**
   * Tells what somebody held at one moment: others go on while holders are put in order.
   *
   * @param owner who
   * @param bytes how much
   */
  private record Holder(String owner, long bytes) {}

  private List<Holder> largestHolders(List<MemoryKind> kinds) {
    return ledger.reservations().stream()
        .filter(reservation -> kinds.contains(reservation.kind()))
        .filter(reservation -> share == ledger.all() || reservation.paidBy(this))
        .map(reservation -> new Holder(reservation.owner(), reservation.bytes()))
        .filter(holder -> holder.bytes() > 0)
        .sorted(Comparator.comparingLong(Holder::bytes).reversed())
        .limit(HOLDERS_SHOWN)
        .toList();
  }

  /** Returns {@code bytes} as messages show them. */
  public static String readable(long bytes) {
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%.1f KiB", bytes / (double) (1 << 10))
        : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1 << 20));
  }
}
