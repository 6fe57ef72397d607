package dev.keymerge;

/** Names the ways in which the keys of source and target are brought together. */
public enum KeyMethod {
  /** All keys of the source are held in memory, and the target's are looked up there. */
  IN_MEMORY,
  /**
   * Keys of both sides are divided by their hashes; parts for which memory does not suffice wait on
   * disk and are joined one after the other.
   */
  PARTITIONS,
  /**
   * The source's keys are divided into parts that fit into memory, on disk; the target's keys are
   * read once for each part and never wait on disk.
   */
  PASSES,
  /**
   * The target is in the order of its keys, or nearly: both sides are gone through range by range,
   * and of the target only keys that are out of place wait on disk.
   */
  SORTED
}
