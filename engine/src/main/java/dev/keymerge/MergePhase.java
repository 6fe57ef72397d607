package dev.keymerge;

/**
 * Names what a merge is doing, in the order in which a user sees it happen; no phase comes back
 * once it is over.
 */
public enum MergePhase {
  /** Waits for another process, or another merge of this one, that holds the dataset. */
  WAITING,
  /** Checks the request, opens the target and reads the footers of its files. */
  PLANNING,
  /** Reads the source and indexes its keys; rows are source rows. */
  READING_SOURCE,
  /**
   * Looks for the keys in the target's files and rewrites those that change; rows are target rows,
   * files are target files.
   */
  MERGING_FILES,
  /** Writes source rows without a match to new files; rows are source rows. */
  APPENDING,
  /** Checks and syncs what was written and makes it visible; files are changed files. */
  COMMITTING,
  /** Nothing is left to do: the merge succeeded. */
  DONE
}
