package dev.keymerge;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Tells what one merge, or the taking back of one, did to a dataset, when, and who ran it.
 *
 * <p>Immutable.
 *
 * @param mergeId names the merge, or the taking back; new for each
 * @param operation what was done
 * @param undoes the merge that was taken back; null unless that is the operation
 * @param time when it was committed, to the millisecond
 * @param user the account of the process
 * @param host the machine of the process
 * @param process the number of the process on that machine
 * @param strategy the strategy of the merge, in lower case
 * @param inserted rows that the dataset has more; taking back a merge inserts what that deleted
 * @param updated rows of which at least one value changed
 * @param deleted rows that the dataset has fewer
 * @param rowsBefore rows of the dataset before
 * @param rowsAfter rows of the dataset after
 * @param filesRewritten files that were replaced
 * @param filesAdded files that were added
 * @param filesRemoved files that were removed
 * @param keptUntil until when the previous version is kept at least; null if it is not
 */
public record HistoryEntry(
    String mergeId,
    Operation operation,
    @Nullable String undoes,
    Instant time,
    String user,
    String host,
    long process,
    String strategy,
    long inserted,
    long updated,
    long deleted,
    long rowsBefore,
    long rowsAfter,
    int filesRewritten,
    int filesAdded,
    int filesRemoved,
    @Nullable Instant keptUntil) {

  /** Says what changed a dataset. */
  public enum Operation {
    /** A merge. */
    MERGE,
    /** A merge was taken back. */
    UNDO
  }
}
