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
 * {@value #PAGE_ROWS} rows, or if values are so long that a piece has fewer, as many as that. Not
 * thread-safe.
 */
public final class FetchCost {
  private static final int PAGE_ROWS = 8192;

  /** What scattering costs per value beside decoding it, in values decoded. */
  private static final int SCATTER_ROWS = 4;

  private static final long BOOKKEEPING_BYTES = 16;

  /** A value of usual length, or a shorter one. */
  private static final long LEAST_VALUE_BYTES = 32;

  /** No more pages are told apart, so that this takes little memory. */
  private static final int MOST_PAGES = 1 << 15;

  private final int pieceRows;
  private final long pageRows;
  private final int[] seenInPiece;
  private int piece = 1;
  private int inPiece;
  private long pages;

  /**
   * Creates an estimate.
   *
   * @param sourceRows how many rows the source has
   * @param pieceBytes about how many bytes of values are held at once
   * @param valueBytes about how many bytes values of the column have
   */
  public FetchCost(long sourceRows, long pieceBytes, long valueBytes) {
    long rows = pieceBytes / (BOOKKEEPING_BYTES + Math.max(LEAST_VALUE_BYTES, valueBytes));
    this.pieceRows = (int) Math.max(1, Math.min(MatchBlock.MOST_ROWS, rows));
    this.pageRows = Math.max(Math.min(PAGE_ROWS, pieceRows), sourceRows / MOST_PAGES + 1);
    this.seenInPiece = new int[(int) (sourceRows / pageRows) + 1];
  }

  /** Takes in all matches of {@code plan}. */
  public void add(FilePlan plan) throws IOException {
    for (RowGroupPlan rowGroup : plan.rowGroups()) {
      startRowGroup();
      try (MatchCursor cursor = rowGroup.matches().open()) {
        while (cursor.next()) {
          long[] sourceRows = cursor.sourceRows();
          for (int i = 0; i < cursor.count(); i++) {
            add(sourceRows[i]);
          }
        }
      }
    }
  }

  /** Says that what follows are matches of another row group. */
  public void startRowGroup() {
    piece++;
    inPiece = 0;
  }

  /** Takes in the next match of a row group, see {@link MatchCursor#sourceRows}. */
  public void add(long sourceRow) {
    long ordinal = RowGroupPlan.ordinal(sourceRow);
    if (ordinal < 0) {
      return;
    }
    int page = (int) (ordinal / pageRows);
    if (seenInPiece[page] != piece) {
      seenInPiece[page] = piece;
      pages++;
    }
    if (++inPiece == pieceRows) {
      startRowGroup();
    }
  }

  /** Returns the estimate for the matches so far. */
  public long directRows() {
    return pages * pageRows;
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
