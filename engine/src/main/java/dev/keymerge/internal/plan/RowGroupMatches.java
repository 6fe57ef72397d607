package dev.keymerge.internal.plan;

/**
 * Lists what happens to the rows of one row group, wherever the list is kept; every row that is not
 * listed stays as it is.
 *
 * <p>May be read as often as wanted, by one thread at a time, until the plan it came with is
 * released.
 */
public interface RowGroupMatches {
  /** Returns which row group of the file this is about. */
  int rowGroup();

  /** Returns how many rows the row group has. */
  long rows();

  /** Returns how many rows are listed; at least one. */
  int matches();

  /** Starts reading the list; the caller closes the cursor. */
  MatchCursor open();
}
