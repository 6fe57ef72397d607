package dev.keymerge;

import java.util.List;

/**
 * Reports that a merge was taken back.
 *
 * <p>Immutable.
 *
 * @param undone the merge that was taken back, as the history has it
 * @param entry the taking back, as the history has it
 * @param restored files that are what they were before the merge, relative to the dataset, in path
 *     order
 * @param removed files that the merge had added and that are gone, relative to the dataset, in path
 *     order
 */
public record UndoResult(
    HistoryEntry undone, HistoryEntry entry, List<String> restored, List<String> removed) {

  /** Copies the lists. */
  public UndoResult {
    restored = List.copyOf(restored);
    removed = List.copyOf(removed);
  }
}
