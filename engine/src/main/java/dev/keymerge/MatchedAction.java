package dev.keymerge;

/** Says what happens to a target row whose key the source has. */
public enum MatchedAction {
  /** Its updated columns take the values of the source row. */
  UPDATE,
  /** It stays as it is. */
  KEEP,
  /** It is deleted. */
  DELETE,
  /** The merge fails. */
  FAIL
}
