package dev.keymerge;

/**
 * Says which of several source rows with the same key counts, where an order column does not
 * decide.
 */
public enum DuplicatePolicy {
  /** None: the merge fails and shows examples. */
  FAIL,
  /** The first in source order. */
  FIRST,
  /** The last in source order. */
  LAST
}
