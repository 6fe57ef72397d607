package dev.keymerge;

/** Says what happens to a source row whose key the target lacks. */
public enum NotMatchedAction {
  /** It is inserted. */
  INSERT,
  /** It is ignored. */
  IGNORE,
  /** The merge fails. */
  FAIL
}
