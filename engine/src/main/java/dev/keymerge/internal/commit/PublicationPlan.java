package dev.keymerge.internal.commit;

import java.util.List;

/**
 * Lists what a merge changes in the target, and what that must come to in rows.
 *
 * @param changes at most one per file of the target
 * @param inserted rows that the target has more
 * @param deleted rows that the target has fewer
 */
public record PublicationPlan(List<StagedChange> changes, long inserted, long deleted) {
  /** Copies the list. */
  public PublicationPlan {
    changes = List.copyOf(changes);
  }
}
