package dev.keymerge.internal.plan;

import java.io.Serializable;

/**
 * Holds the matches of one row group in memory, which whoever made it has charged.
 *
 * <p>Arrays are owned by the list and never changed.
 *
 * @param positions rows in the row group that match, ascending, without repetition
 * @param sourceRows per position what {@link MatchCursor#sourceRows} says
 */
public record ArrayMatches(int[] positions, long[] sourceRows) implements Matches, Serializable {
  private static final long serialVersionUID = 1L;

  @Override
  public int size() {
    return positions.length;
  }

  @Override
  public MatchCursor open() {
    return new WholeCursor();
  }

  /** Shows the whole list as one chunk, without copying it. */
  private final class WholeCursor implements MatchCursor {
    private boolean begun;

    @Override
    public boolean next() {
      boolean first = !begun && positions.length > 0;
      begun = true;
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
      begun = true;
    }
  }
}
