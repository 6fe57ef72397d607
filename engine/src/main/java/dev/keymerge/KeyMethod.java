package dev.keymerge;

/** Names the ways in which the keys of source and target are brought together. */
public enum KeyMethod {
  /** All keys of the source are held in memory, and the target's are looked up there. */
  IN_MEMORY,
  /**
   * Keys of both sides are divided by their hashes; parts for which memory does not suffice wait on
   * disk and are joined one after the other.
   */
  PARTITIONS
}
