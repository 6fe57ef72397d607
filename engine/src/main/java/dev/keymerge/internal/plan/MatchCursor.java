package dev.keymerge.internal.plan;

/**
 * Reads the matches of one row group in row order, a chunk at a time.
 *
 * <p>What {@link #positions} and {@link #sourceRows} return belongs to the cursor, must not be
 * changed, and is valid until the next {@link #next}. Not thread-safe.
 */
public interface MatchCursor extends AutoCloseable {
  /** Loads the next chunk, which is never empty, and returns true, or returns false at the end. */
  boolean next();

  /** Returns how many matches the loaded chunk has. */
  int count();

  /**
   * Returns the rows in the row group that match, ascending without repetition over all chunks; the
   * array may be longer than {@link #count}.
   */
  int[] positions();

  /**
   * Returns per position what {@link RowGroupPlan#sourceRows} would; the array may be longer than
   * {@link #count}.
   */
  long[] sourceRows();

  @Override
  void close();
}
