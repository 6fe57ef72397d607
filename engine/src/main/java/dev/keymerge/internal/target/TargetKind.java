package dev.keymerge.internal.target;

/** Says in which form a target keeps its rows. */
public enum TargetKind {
  /** One Parquet file: all rows, new ones too, belong in it. */
  FILE,
  /** A directory tree of Parquet files, to which new files may be added. */
  DIRECTORY
}
