package dev.keymerge;

/** Says what happens to a target row whose key the source lacks. */
public enum NotMatchedBySourceAction {
  /** It stays as it is. */
  KEEP,
  /** It is deleted. */
  DELETE
}
