package dev.keymerge.internal.rewrite;

import java.util.Set;

/**
 * Lists what really changes in one row group, after equal and stale rows were sorted out.
 *
 * <p>Arrays are owned by the value and never changed.
 *
 * @param rowGroup which row group of the file
 * @param rows how many rows the row group has
 * @param edits rows that are updated or deleted, ascending
 * @param sources per edit the ordinal of the source row that it takes values from, or -1 if the row
 *     is deleted
 * @param deletions how many of the edits are deletions
 * @param columns columns in which at least one updated row gets another value
 */
public record RowGroupChanges(
    int rowGroup, long rows, int[] edits, long[] sources, int deletions, Set<String> columns) {

  /** Returns whether no row changes. */
  public boolean none() {
    return edits.length == 0;
  }

  /** Returns whether no row stays. */
  public boolean deletesAll() {
    return deletions == rows;
  }
}
