package dev.keymerge.internal.commit;

import java.time.Duration;
import java.util.Collections;
import java.util.List;

/**
 * Lists what a merge changes in the target, and what that comes to in rows.
 *
 * @param changes at most one per file of the target; not copied, because a list of many had better
 *     make them as they are asked for
 * @param rows what it must come to
 * @param strategy what the history says about how it was merged
 * @param keepPrevious how long the previous version is kept at least; zero if it is not
 */
public record PublicationPlan(
    List<StagedChange> changes, Rows rows, String strategy, Duration keepPrevious) {
  /** Makes the list unmodifiable. */
  public PublicationPlan {
    changes = Collections.unmodifiableList(changes);
  }

  /**
   * Counts the rows that change.
   *
   * @param inserted rows that the target has more
   * @param updated rows of which at least one value changes
   * @param deleted rows that the target has fewer
   */
  public record Rows(long inserted, long updated, long deleted) {}
}
