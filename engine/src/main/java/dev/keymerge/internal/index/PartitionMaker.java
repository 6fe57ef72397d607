package dev.keymerge.internal.index;

import dev.keymerge.internal.key.CanonicalType;
import dev.keymerge.internal.key.KeyType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Makes the partitions in memory of one index: at first, and again when spilled ones are read back.
 *
 * <p>All of them settle in the same winners and ties. Borrows everything.
 *
 * @param config what the index is built of
 * @param type how keys are held
 * @param winners rows that stand for their keys
 * @param tiedRows rows that claim a key with equal right
 */
record PartitionMaker(
    KeyIndexConfig config, KeyType type, SourceWinners winners, TiedRows tiedRows) {

  /** Returns how rows lie on disk. */
  RowFormat format() {
    Field order = config.order();
    if (order == null) {
      return new RowFormat(type.shape(), RowFormat.OrderShape.NONE);
    }
    boolean words = CanonicalType.of(order).kind().isWord();
    return new RowFormat(
        type.shape(), words ? RowFormat.OrderShape.WORD : RowFormat.OrderShape.BYTES);
  }

  /** Returns a partition without keys, which the caller closes. */
  ResidentPartition empty(IndexMemory memory) {
    return make(memory, winners);
  }

  /**
   * Returns a partition without keys, which the caller closes, for rows that were settled before:
   * that some winners have been matched since is not forgotten.
   */
  ResidentPartition emptyForSettled(IndexMemory memory) {
    return make(memory, null);
  }

  private ResidentPartition make(IndexMemory memory, @Nullable SourceWinners told) {
    RowFormat.OrderShape order = format().order();
    KeyTable table =
        new KeyTable(type.shape(), config.hash(), order != RowFormat.OrderShape.NONE, memory);
    return new ResidentPartition(
        table,
        order == RowFormat.OrderShape.BYTES ? memory : null,
        config.duplicates(),
        told,
        tiedRows);
  }
}
