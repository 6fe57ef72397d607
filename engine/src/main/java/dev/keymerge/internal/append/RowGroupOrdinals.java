package dev.keymerge.internal.append;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.OrdinalCursor;
import java.util.Arrays;

/**
 * Holds the source rows of one row group after the other, for every column to pass over.
 *
 * <p>The array is charged to a reservation that the maker owns, and grows with the rows. Not
 * thread-safe.
 */
final class RowGroupOrdinals {
  private static final int FIRST_ROWS = 1 << 13;

  private final OrdinalCursor cursor;
  private final int mostRows;
  private final MemoryReservation reservation;
  private final long[] block;
  private long[] ordinals;
  private int loaded;
  private int count;
  private int blockFrom;
  private int blockTo;

  private RowGroupOrdinals(OrdinalCursor cursor, int mostRows, MemoryReservation reservation) {
    this.cursor = cursor;
    this.mostRows = mostRows;
    this.reservation = reservation;
    int rows = Math.min(FIRST_ROWS, mostRows);
    this.block = new long[rows];
    this.ordinals = new long[rows];
  }

  /** Creates row groups of up to {@code mostRows} rows from {@code cursor}. */
  static RowGroupOrdinals open(OrdinalCursor cursor, int mostRows, MemoryReservation reservation) {
    reservation.grow(2L * Math.min(FIRST_ROWS, mostRows) * Long.BYTES);
    return new RowGroupOrdinals(cursor, mostRows, reservation);
  }

  /**
   * Loads the next row group, with as many rows as it may have, and returns true; or returns false
   * if no row is left.
   */
  boolean next() {
    System.arraycopy(ordinals, count, ordinals, 0, loaded - count);
    loaded -= count;
    while (loaded < mostRows) {
      if (blockFrom == blockTo) {
        blockFrom = 0;
        blockTo = cursor.next(block);
        if (blockTo == 0) {
          break;
        }
      }
      int part = Math.min(blockTo - blockFrom, mostRows - loaded);
      makeRoom(loaded + part);
      System.arraycopy(block, blockFrom, ordinals, loaded, part);
      blockFrom += part;
      loaded += part;
    }
    count = loaded;
    return count > 0;
  }

  /** Leaves all but the first {@code rows} rows to the next row group. */
  void limit(int rows) {
    count = Math.min(count, rows);
  }

  /** Returns how many rows the loaded row group has. */
  int count() {
    return count;
  }

  /** Returns an array that starts with the ordinals of the loaded row group. */
  long[] ordinals() {
    return ordinals;
  }

  private void makeRoom(int rows) {
    if (rows <= ordinals.length) {
      return;
    }
    int length = (int) Math.min(mostRows, Math.max(rows, 2L * ordinals.length));
    reservation.grow((long) length * Long.BYTES);
    int before = ordinals.length;
    ordinals = Arrays.copyOf(ordinals, length);
    reservation.shrink((long) before * Long.BYTES);
  }
}
