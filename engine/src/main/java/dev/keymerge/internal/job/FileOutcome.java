package dev.keymerge.internal.job;

import dev.keymerge.FileAction;
import java.util.Locale;

/**
 * States what became of one target file before anything is published.
 *
 * @param action what the merge does with it
 * @param pruned whether statistics proved that it holds no match
 * @param rowsAfter rows of the file or its successor
 * @param updated rows that get at least one other value
 * @param unchanged rows that matched and hold equal values already
 * @param stale rows that matched and are newer than their source row
 * @param deleted rows that go
 */
record FileOutcome(
    FileAction action,
    boolean pruned,
    long rowsAfter,
    long updated,
    long unchanged,
    long stale,
    long deleted) {

  /** Returns a text that differs between outcomes for which different successors are written. */
  String plan() {
    return String.format(
        Locale.ROOT, "%s:%d:%d:%d:%d:%d", action, rowsAfter, updated, unchanged, stale, deleted);
  }

  /**
   * Returns this outcome for a file that is rewritten, with {@code inserts} new rows at its end.
   */
  FileOutcome rewrittenWith(long inserts) {
    return new FileOutcome(
        FileAction.REWRITTEN, pruned, rowsAfter + inserts, updated, unchanged, stale, deleted);
  }
}
