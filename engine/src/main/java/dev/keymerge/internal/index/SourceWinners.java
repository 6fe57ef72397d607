package dev.keymerge.internal.index;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.OrdinalCursor;

/**
 * Remembers which source rows stand for their keys and have not been matched by the target, apart
 * for rows with and without the delete marker.
 *
 * <p>Winning and losing are for one thread, matching is for many. Owns the reservation that pays
 * for its bits.
 */
final class SourceWinners implements AutoCloseable {
  private final MemoryReservation reservation;
  private final RowBitmap unmarked;
  private final RowBitmap marked;
  private boolean anyMarked;

  SourceWinners(MemoryReservation reservation) {
    this.reservation = reservation;
    unmarked = new RowBitmap(reservation);
    marked = new RowBitmap(reservation);
  }

  /** Makes room for rows 0 to {@code rows}. */
  void ensureRows(long rows) {
    unmarked.ensureRows(rows);
  }

  /** Makes room for rows 0 to {@code rows}, some of which may be marked. */
  void ensureMarkedRows(long rows) {
    unmarked.ensureRows(rows);
    marked.ensureRows(rows);
    anyMarked = true;
  }

  void wins(long ordinal, boolean isMarked) {
    (isMarked ? marked : unmarked).set(ordinal);
  }

  void loses(long ordinal, boolean isMarked) {
    (isMarked ? marked : unmarked).clear(ordinal);
  }

  /** Notes that the target has the key of a winner; safe from many threads. */
  void matched(long ordinal, boolean isMarked) {
    (isMarked ? marked : unmarked).clearShared(ordinal);
  }

  long pendingUnmarked() {
    return unmarked.count();
  }

  long pendingMarked() {
    return anyMarked ? marked.count() : 0;
  }

  OrdinalCursor pending() {
    return unmarked.cursor();
  }

  @Override
  public void close() {
    reservation.close();
  }
}
