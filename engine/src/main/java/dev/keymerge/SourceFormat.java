package dev.keymerge;

/** Names the formats in which a source may stand in files. */
public enum SourceFormat {
  /** Found out from each file's first bytes, and from its ending where those do not tell. */
  DETECT,
  /** Apache Parquet. */
  PARQUET,
  /** Arrow IPC file, also known as Feather version 2. */
  ARROW_FILE,
  /** Arrow IPC stream. */
  ARROW_STREAM
}
