package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StoragePath;

/**
 * States what a finished Parquet file holds and how it came about. Immutable.
 *
 * @param path where it was written
 * @param rows rows in all row groups
 * @param bytes length of the file
 * @param rowGroups number of row groups
 * @param chunksCopied column chunks whose bytes were copied
 * @param bytesCopied bytes of these chunks
 * @param chunksEncoded column chunks that were encoded anew
 * @param pagesEncoded data pages of these chunks
 */
public record WrittenFile(
    StoragePath path,
    long rows,
    long bytes,
    int rowGroups,
    long chunksCopied,
    long bytesCopied,
    long chunksEncoded,
    long pagesEncoded) {
  /** Returns the same for a file that was moved to {@code place}. */
  public WrittenFile at(StoragePath place) {
    return new WrittenFile(
        place, rows, bytes, rowGroups, chunksCopied, bytesCopied, chunksEncoded, pagesEncoded);
  }
}
