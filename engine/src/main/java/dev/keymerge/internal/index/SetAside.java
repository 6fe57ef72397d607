package dev.keymerge.internal.index;

import dev.keymerge.internal.key.KeyRows;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillWriter;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Writes the target keys that one probe cannot look up in memory, each to its partition.
 *
 * <p>Not thread-safe. What is not finished when this is closed is dropped.
 */
final class SetAside implements AutoCloseable {
  private final RowFormat format;
  private final SpillStore store;
  private final int blockBytes;
  private final AsideStreams collected;
  private final BitSet taken;
  private final @Nullable SpillWriter[] writers;

  /**
   * Creates an empty collection.
   *
   * @param blockBytes bytes of one partition's buffer
   * @param collected where everything goes in the end
   * @param taken the partitions whose keys are set aside
   */
  SetAside(
      RowFormat format, SpillStore store, int blockBytes, AsideStreams collected, BitSet taken) {
    this.format = format;
    this.store = store;
    this.blockBytes = blockBytes;
    this.collected = collected;
    this.taken = taken;
    this.writers = new SpillWriter[collected.count()];
  }

  /** Returns whether keys of a partition are set aside. */
  boolean takes(int partition) {
    return taken.get(partition);
  }

  void add(int partition, long state, KeyRows keys, int row) {
    SpillWriter writer = writers[partition];
    if (writer == null) {
      writer = store.create(blockBytes);
      writers[partition] = writer;
    }
    format.write(writer, state, keys, row);
  }

  /** Hands everything over. */
  void finish() {
    for (int partition = 0; partition < writers.length; partition++) {
      SpillWriter writer = writers[partition];
      if (writer != null) {
        collected.add(partition, writer.finish());
        writers[partition] = null;
      }
    }
  }

  @Override
  public void close() {
    for (@Nullable SpillWriter writer : writers) {
      if (writer != null) {
        writer.close();
      }
    }
  }
}
