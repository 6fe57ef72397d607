package dev.keymerge.internal.index;

/**
 * Takes in the keys of one hash partition.
 *
 * <p>Adding is for one thread. The owner closes it before the allocator.
 */
sealed interface KeyPartition extends AutoCloseable permits ResidentPartition, SpilledPartition {
  /**
   * Reads what {@link #add} will look at first for this hash, so that it is near by then; returns
   * anything.
   */
  long touch(long keyHash);

  /**
   * Takes in one row whose key belongs here.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses; the row has not been
   *     taken in then
   */
  void add(SourceRows rows, int row, long keyHash);

  /** Returns how many distinct keys there are in memory. */
  long keys();

  @Override
  void close();
}
