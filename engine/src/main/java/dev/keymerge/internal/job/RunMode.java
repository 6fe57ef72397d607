package dev.keymerge.internal.job;

/** Says whether a merge happens or is only rehearsed. */
public enum RunMode {
  /** Writes and publishes. */
  MERGE,
  /** Finds out what would change and writes nothing. */
  DRY_RUN
}
