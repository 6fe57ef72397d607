package dev.keymerge.internal.plan;

import java.io.Serializable;

/**
 * Lists in memory what happens to the rows of one row group; every row that is not listed stays as
 * it is.
 *
 * <p>Arrays are owned by the plan and never changed. Serializable, so that a rewrite can be sent
 * elsewhere.
 *
 * @param rowGroup which row group of the file
 * @param rows how many rows the row group has
 * @param positions rows in the row group that match, ascending, without repetition
 * @param sourceRows per position the ordinal of the source row that it takes values from, or {@link
 *     #DELETE}, or a deletion encoded by {@link #deleteBy}
 */
public record RowGroupPlan(int rowGroup, long rows, int[] positions, long[] sourceRows)
    implements RowGroupMatches, Serializable {
  private static final long serialVersionUID = 1L;

  /** Stands for a deletion that no source row asks for: the source lacks the key. */
  public static final long DELETE = -1;

  /**
   * Returns how a deletion that the source row {@code ordinal} asks for is written: the ordinal is
   * needed to tell stale rows.
   */
  public static long deleteBy(long ordinal) {
    return -2 - ordinal;
  }

  /** Returns whether an entry of {@link #sourceRows} deletes its row. */
  public static boolean deletes(long sourceRow) {
    return sourceRow < 0;
  }

  /**
   * Returns the source row behind an entry of {@link #sourceRows}, or -1 if it is {@link #DELETE}.
   */
  public static long ordinal(long sourceRow) {
    if (sourceRow >= 0) {
      return sourceRow;
    }
    return sourceRow == DELETE ? -1 : -2 - sourceRow;
  }

  /**
   * Returns {@code matches} as arrays, whatever they were before. The caller has paid for the
   * arrays.
   */
  public static RowGroupPlan of(RowGroupMatches matches) {
    if (matches instanceof RowGroupPlan plan) {
      return plan;
    }
    int[] positions = new int[matches.matches()];
    long[] sourceRows = new long[matches.matches()];
    int next = 0;
    try (MatchCursor cursor = matches.open()) {
      while (cursor.next()) {
        System.arraycopy(cursor.positions(), 0, positions, next, cursor.count());
        System.arraycopy(cursor.sourceRows(), 0, sourceRows, next, cursor.count());
        next += cursor.count();
      }
    }
    return new RowGroupPlan(matches.rowGroup(), matches.rows(), positions, sourceRows);
  }

  @Override
  public int matches() {
    return positions.length;
  }

  @Override
  public MatchCursor open() {
    return new Whole();
  }

  /** Shows the arrays as one chunk. */
  private final class Whole implements MatchCursor {
    private boolean shown;

    @Override
    public boolean next() {
      boolean first = !shown && positions.length > 0;
      shown = true;
      return first;
    }

    @Override
    public int count() {
      return positions.length;
    }

    @Override
    public int[] positions() {
      return positions;
    }

    @Override
    public long[] sourceRows() {
      return sourceRows;
    }

    @Override
    public void close() {
      // Nothing is held beside the plan.
    }
  }
}
