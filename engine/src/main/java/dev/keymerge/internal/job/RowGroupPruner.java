package dev.keymerge.internal.job;

import dev.keymerge.internal.target.TargetRowGroup;

/**
 * Tells which row groups of the target may hold a key of the source; never rules out one that does.
 * Thread-safe.
 */
interface RowGroupPruner {
  /** Rules nothing out. */
  RowGroupPruner NONE = rowGroup -> true;

  /** Returns whether the row group may hold a key of the source. */
  boolean mayMatch(TargetRowGroup rowGroup);
}
