package dev.keymerge.internal.plan;

import java.io.IOException;

/**
 * Reads matches of one row group in order, a chunk at a time.
 *
 * <p>Not thread-safe. The arrays are the cursor's, must not be changed, may be longer than the
 * chunk, and are valid until {@link #next}.
 */
public interface MatchCursor extends AutoCloseable {
  /** Loads the next chunk, which is not empty, and returns true; or returns false at the end. */
  boolean next() throws IOException;

  /** Returns how many matches the loaded chunk has. */
  int count();

  /** Returns rows in the row group, ascending. */
  int[] positions();

  /**
   * Returns per position the ordinal of the source row that it takes values from, or {@link
   * RowGroupPlan#DELETE}, or a deletion encoded by {@link RowGroupPlan#deleteBy}.
   */
  long[] sourceRows();

  @Override
  void close();
}
