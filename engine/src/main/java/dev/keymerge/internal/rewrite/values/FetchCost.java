package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.MatchCursor;
import dev.keymerge.internal.plan.RowGroupPlan;
import java.io.IOException;

/**
 * Estimates how many values of a column would be decoded to fetch what the matches of a file take,
 * a piece at a time in the target's order.
 *
 * <p>Each piece decodes each page of the source that it needs a value of; a page is taken to have
 * {@value #PAGE_ROWS} rows. Not thread-safe.
 */
public final class FetchCost {
  private static final int PAGE_ROWS = 8192;

  /** What scattering costs per value beside decoding it, in values decoded. */
  private static final int SCATTER_ROWS = 4;

  private final int pieceRows;
  private final int[] seenInPiece;

  /**
   * Creates an estimate.
   *
   * @param sourceRows how many rows the source has
   * @param pieceBytes about how many bytes of values are held at once
   */
  public FetchCost(long sourceRows, long pieceBytes) {
    this.pieceRows =
        (int) Math.max(1, Math.min(MatchBlock.MOST_ROWS, pieceBytes / (3L * Long.BYTES * 2)));
    this.seenInPiece = new int[Math.toIntExact(sourceRows / PAGE_ROWS + 1)];
  }

  /** Returns the estimate for {@code plan}. */
  public long directRows(FilePlan plan) throws IOException {
    long pages = 0;
    int piece = 0;
    java.util.Arrays.fill(seenInPiece, 0);
    for (RowGroupPlan rowGroup : plan.rowGroups()) {
      piece++;
      int inPiece = 0;
      try (MatchCursor cursor = rowGroup.matches().open()) {
        while (cursor.next()) {
          long[] sourceRows = cursor.sourceRows();
          for (int i = 0; i < cursor.count(); i++) {
            long ordinal = RowGroupPlan.ordinal(sourceRows[i]);
            if (ordinal < 0) {
              continue;
            }
            int page = (int) (ordinal / PAGE_ROWS);
            if (seenInPiece[page] != piece) {
              seenInPiece[page] = piece;
              pages++;
            }
            if (++inPiece == pieceRows) {
              piece++;
              inPiece = 0;
            }
          }
        }
      }
    }
    return pages * PAGE_ROWS;
  }

  /** Returns how many matches {@code plan} has. */
  public static long matches(FilePlan plan) {
    return plan.rowGroups().stream().mapToLong(rowGroup -> rowGroup.matches().size()).sum();
  }

  /** Returns the estimate of scattering {@code matches} values, with the pages that they are in. */
  public static long scatterRows(long matches, long pageRows) {
    return pageRows + SCATTER_ROWS * matches;
  }
}
