package dev.keymerge.internal.parquet;

/** Says what a column chunk tells about its values besides the values. */
public enum ChunkIndexing {
  /** Statistics, size statistics, column index and offset index. */
  FULL,
  /** Nothing: for files that only Keymerge reads, from end to end. */
  NONE
}
