package dev.keymerge.internal.rewrite;

import java.util.List;

/**
 * States what a merge really changes in one file.
 *
 * @param rowGroups changes in row-group order, only for row groups that change
 * @param updated rows that get at least one other value
 * @param unchanged rows that matched and hold equal values already
 * @param stale rows that matched and are newer than their source row
 * @param deleted rows that go
 */
public record FileChanges(
    List<RowGroupChanges> rowGroups, long updated, long unchanged, long stale, long deleted) {

  /** Returns whether the file stays as it is. */
  public boolean none() {
    return updated == 0 && deleted == 0;
  }
}
