package dev.keymerge.internal.rewrite;

import dev.keymerge.internal.plan.RowGroupPlan;
import java.util.BitSet;
import java.util.Set;

/**
 * Says what really changes in one row group, after equal and stale rows were sorted out.
 *
 * <p>Owns its bits, which are never changed.
 *
 * @param plan the row group's matches
 * @param applied which of the matches, by their number, update or delete their row
 * @param deletions how many of them delete
 * @param columns columns in which at least one updated row gets another value
 */
public record RowGroupChanges(
    RowGroupPlan plan, BitSet applied, long deletions, Set<String> columns) {

  /** Returns which row group of the file changes. */
  public int rowGroup() {
    return plan.rowGroup();
  }

  /** Returns how many rows the row group has. */
  public long rows() {
    return plan.rows();
  }

  /** Returns whether no row changes. */
  public boolean none() {
    return applied.isEmpty();
  }

  /** Returns whether no row stays. */
  public boolean deletesAll() {
    return deletions == rows();
  }
}
