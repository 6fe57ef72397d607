package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageOutput;
import org.jspecify.annotations.Nullable;

/**
 * Says where an encoder writes its chunk and with what means. Everything in it stays its owner's.
 *
 * @param template what the file is like
 * @param leaf which column the chunk is of
 * @param rows how many rows the row group has
 * @param out file, positioned where the chunk starts
 * @param memory lends buffers
 * @param scratch file for pages that do not fit into memory; null if no chunk has a dictionary
 */
record ChunkTarget(
    FileTemplate template,
    int leaf,
    long rows,
    StorageOutput out,
    ParquetMemory memory,
    @Nullable ScratchFile scratch) {}
