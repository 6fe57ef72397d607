package dev.keymerge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reports what became of merges that were interrupted.
 *
 * <p>Immutable.
 *
 * @param outcome what was done to the dataset
 * @param completed the merge, or the taking back of one, that was completed; null unless there was
 *     one
 * @param files the files of the dataset that were changed to complete it, relative to the dataset;
 *     empty if only tidying up was left
 * @param takenBack the merges that had not reached their commit point, and whose leftovers were
 *     removed
 */
public record RecoveryResult(
    Outcome outcome, @Nullable HistoryEntry completed, List<String> files, List<String> takenBack) {

  /** Copies the lists. */
  public RecoveryResult {
    files = List.copyOf(files);
    takenBack = List.copyOf(takenBack);
  }

  /** Says what recovery did. */
  public enum Outcome {
    /** No merge had been interrupted. */
    NOTHING_TO_DO,
    /** A merge had reached its commit point, and was completed. */
    ROLLED_FORWARD,
    /** A merge had not reached its commit point; the dataset is as it was before it. */
    TAKEN_BACK
  }
}
