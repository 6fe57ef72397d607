package dev.keymerge.internal.parquet;

/** Names the two layouts of a data page. */
public enum PageVersion {
  /** Levels and values compressed as one. */
  V1,
  /** Levels uncompressed in front of the compressed values. */
  V2
}
