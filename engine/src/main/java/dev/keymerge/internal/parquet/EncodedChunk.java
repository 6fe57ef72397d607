package dev.keymerge.internal.parquet;

import org.apache.parquet.format.ColumnMetaData;
import org.jspecify.annotations.Nullable;

/**
 * Hands a finished chunk from its encoder to the file.
 *
 * @param metadata what the footer says about it
 * @param start where it starts in the file
 * @param pages number of data pages
 * @param columnIndex serialized; null if there is none
 * @param offsetIndex serialized; null if there is none
 * @param bloom filter, which the receiver writes and closes; null if there is none
 */
record EncodedChunk(
    ColumnMetaData metadata,
    long start,
    int pages,
    byte @Nullable [] columnIndex,
    byte @Nullable [] offsetIndex,
    @Nullable BloomBits bloom) {

  /** Takes a chunk when it is complete in the file. */
  interface Receiver {
    /** Takes {@code chunk} over. */
    void receive(EncodedChunk chunk);
  }
}
