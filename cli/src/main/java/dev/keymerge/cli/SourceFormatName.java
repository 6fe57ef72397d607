package dev.keymerge.cli;

import dev.keymerge.SourceFormat;

/** Names the formats of a source on the command line. */
enum SourceFormatName {
  /** Found out from the first bytes, or else from the ending. */
  DETECT(SourceFormat.DETECT),
  /** Parquet. */
  PARQUET(SourceFormat.PARQUET),
  /** Arrow IPC file. */
  ARROW(SourceFormat.ARROW_FILE),
  /** Arrow IPC stream. */
  ARROW_STREAM(SourceFormat.ARROW_STREAM);

  private final SourceFormat format;

  SourceFormatName(SourceFormat format) {
    this.format = format;
  }

  /** Returns the format that this names. */
  SourceFormat format() {
    return format;
  }
}
