package dev.keymerge.internal.job;

import dev.keymerge.NotMatchedBySourceAction;
import dev.keymerge.internal.index.KeyIndex;
import dev.keymerge.internal.locate.LocateRules;
import dev.keymerge.internal.locate.MatchStore;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.progress.MergeProgress;
import dev.keymerge.internal.rewrite.RewriteContext;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.target.TargetRowGroup;

/**
 * Holds what the workers of one merge share; all of it is borrowed and thread-safe.
 *
 * @param storage where files are
 * @param budget what memory is charged to
 * @param index the keys of the source
 * @param pruner which row groups may hold a key of the source
 * @param rules what is looked for
 * @param rewrite what comparing and rewriting need
 * @param spill where waits what memory does not hold
 * @param matches where the matches of files are kept
 * @param progress what is told how far it has come
 */
record MergeContext(
    Storage storage,
    MemoryBudget budget,
    KeyIndex index,
    RowGroupPruner pruner,
    LocateRules rules,
    RewriteContext rewrite,
    SpillStore spill,
    MatchStore matches,
    MergeProgress progress) {

  /** Returns whether a row group of the target may hold rows that the merge concerns. */
  boolean mayMatch(TargetRowGroup rowGroup) {
    // Rows that the source lacks are wanted too when they are to be deleted, so nothing can be
    // spared then.
    return rules.notMatchedBySource() == NotMatchedBySourceAction.DELETE
        || pruner.mayMatch(rowGroup);
  }
}
