package dev.keymerge.internal.plan;

import java.io.IOException;

/**
 * Lists the rows of one row group that match, ascending and without repetition, each with the
 * source row that it takes values from.
 *
 * <p>May be read as often as wanted, so that nobody has to hold more than a chunk of it. Immutable;
 * cursors are independent of each other and closed before whatever the list lives in.
 */
public interface Matches {
  /** Returns how many matches there are. */
  int size();

  /** Starts reading from the first match on; the caller closes the cursor. */
  MatchCursor open() throws IOException;
}
