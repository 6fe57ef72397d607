package dev.keymerge.internal.plan;

/**
 * Lists what happens to the rows of one row group; every row that is not listed stays as it is.
 *
 * <p>Sent elsewhere with its matches as {@link ArrayMatches}.
 *
 * @param rowGroup which row group of the file
 * @param rows how many rows the row group has
 * @param matches rows that match, at least one
 */
public record RowGroupPlan(int rowGroup, long rows, Matches matches) {
  /** Stands for a deletion that no source row asks for: the source lacks the key. */
  public static final long DELETE = -1;

  /**
   * Returns how a deletion that the source row {@code ordinal} asks for is written: the ordinal is
   * needed to tell stale rows.
   */
  public static long deleteBy(long ordinal) {
    return -2 - ordinal;
  }

  /** Returns whether an entry of {@link MatchCursor#sourceRows} deletes its row. */
  public static boolean deletes(long sourceRow) {
    return sourceRow < 0;
  }

  /**
   * Returns the source row behind an entry of {@link MatchCursor#sourceRows}, or -1 if it is {@link
   * #DELETE}.
   */
  public static long ordinal(long sourceRow) {
    if (sourceRow >= 0) {
      return sourceRow;
    }
    return sourceRow == DELETE ? -1 : -2 - sourceRow;
  }
}
