package dev.keymerge.internal.index;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.KeyShape;
import dev.keymerge.internal.spill.SpillStore;

/**
 * Lets an index keep on disk what it cannot keep in memory.
 *
 * @param store where it goes; borrowed
 * @param memoryBytes the most bytes of tables in memory; the rest is for whoever reads keys
 * @param expectedRows about how many rows will be added, to size a filter of all keys
 * @param texts what messages call keys that are no longer in memory
 */
public record IndexSpilling(SpillStore store, long memoryBytes, long expectedRows, KeyTexts texts) {
  private static final int LEAST_BLOCK_BYTES = 4 << 10;
  private static final int MOST_BLOCK_BYTES = 64 << 10;
  private static final int PART_FOR_BLOCKS = 8;

  /** Returns how large blocks may be when {@code streams} are written at once. */
  int blockBytes(int streams) {
    long share = memoryBytes / PART_FOR_BLOCKS / streams;
    return (int) Math.max(LEAST_BLOCK_BYTES, Math.min(MOST_BLOCK_BYTES, share));
  }

  /**
   * Refuses, before any row is read, a source whose keys have no room in memory and on disk
   * together. That is certain only if no row may have the key of another one: else all may be one
   * key.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if limit or disk of the store cannot hold
   *     what memory does not
   */
  void requireRoom(KeyIndexConfig config, KeyShape shape) {
    boolean allKeysDiffer =
        config.duplicates() == DuplicatePolicy.FAIL
            && config.order() == null
            && config.nullKeys() != NullKeyPolicy.NEVER;
    if (allKeysDiffer) {
      long onDisk = expectedRows - memoryBytes / KeyTable.leastBytesPerKey(shape);
      RowFormat format = new RowFormat(shape, RowFormat.OrderShape.NONE);
      store.expect(Math.max(0, onDisk) * format.leastBytes());
    }
  }
}
