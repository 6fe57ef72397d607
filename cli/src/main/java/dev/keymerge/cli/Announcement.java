package dev.keymerge.cli;

import dev.keymerge.MergeException;

/**
 * Shows what came of a change that is made already, so that a failure to show it is not taken for
 * one that left the dataset as it was. Pure functions.
 */
final class Announcement {
  private Announcement() {}

  /**
   * Runs {@code showing}.
   *
   * @param change what is done, the beginning of a sentence
   * @throws MergeException.OutcomeUnknown if it fails, in whatever way
   */
  static void of(String change, Runnable showing) {
    try {
      showing.run();
    } catch (RuntimeException | Error failure) {
      throw failed(change, failure);
    }
  }

  /** Returns what to throw when {@code failure} came after a change was made. */
  static MergeException failed(String change, Throwable failure) {
    return new MergeException.OutcomeUnknown(
        change + ", but showing the result failed: " + failure,
        "Nothing is left to do; keymerge history shows what was done. If memory is short, allow"
            + " more (--memory).",
        failure);
  }
}
