package dev.keymerge.internal.index;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.spill.SpillStore;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which source rows stand for their keys and have not been matched by the target, apart
 * for rows with and without the delete marker.
 *
 * <p>Winning and losing are for one thread, matching is for many. What would take too much memory
 * goes to disk: a row whose bit is there costs a few bytes when it is matched. Owns its bits and
 * the reservation that pays for them.
 */
final class SourceWinners implements AutoCloseable {
  /** A megabyte of bits, those of eight million rows. */
  private static final int RANGE_SEGMENTS = 128;

  private final MemoryReservation reservation;
  private final RowBitmap unmarked;
  private final RowBitmap marked;
  private boolean anyMarked;

  /**
   * Creates an object without rows.
   *
   * @param store where bits go for which there is no room in memory, or null if they may not
   * @param mostBytes the most bytes of memory that bits should take
   */
  SourceWinners(MemoryReservation reservation, @Nullable SpillStore store, long mostBytes) {
    this.reservation = reservation;
    RowBitmap.Room room = new RowBitmap.Room(store, mostBytes, RANGE_SEGMENTS);
    unmarked = new RowBitmap(reservation, room);
    marked = new RowBitmap(reservation, room);
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

  /**
   * Makes sure that one row can win and another lose next without a failure in between.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if there is no room; nothing has changed then
   */
  void expect(long winner, boolean winnerMarked, long loser, boolean loserMarked) {
    if (winnerMarked == loserMarked) {
      bits(winnerMarked).reserve(winner, loser);
    } else {
      bits(winnerMarked).reserve(winner, winner);
      bits(loserMarked).reserve(loser, loser);
    }
  }

  private RowBitmap bits(boolean isMarked) {
    return isMarked ? marked : unmarked;
  }

  void wins(long ordinal, boolean isMarked) {
    bits(isMarked).set(ordinal);
  }

  void loses(long ordinal, boolean isMarked) {
    bits(isMarked).clear(ordinal);
  }

  /** Notes that the target has the key of a winner; safe from many threads. */
  void matched(long ordinal, boolean isMarked) {
    bits(isMarked).clearShared(ordinal);
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
    unmarked.close();
    marked.close();
    reservation.close();
  }
}
