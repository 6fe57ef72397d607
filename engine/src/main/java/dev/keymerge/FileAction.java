package dev.keymerge;

/** Says what a merge did with one file of the target. */
public enum FileAction {
  /** It was left as it is: same bytes, same name, same time. */
  KEPT,
  /** A successor took its name. */
  REWRITTEN,
  /** It is new. */
  ADDED,
  /** It is gone, because every row of it was deleted. */
  REMOVED
}
