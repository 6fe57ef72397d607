package dev.keymerge;

/** Says what a null in a key column means. */
public enum NullKeyPolicy {
  /** Null equals null, component by component. */
  MATCH,
  /** A key with a null equals no other key, not even its own copy. */
  NEVER,
  /** A key with a null, on either side, fails the merge. */
  FAIL
}
