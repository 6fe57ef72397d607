package dev.keymerge.internal.parquet;

import java.io.IOException;

/** Takes the bytes of finished pages, one after the other. Not thread-safe. */
interface PageSink {
  /** Appends {@code length} bytes. */
  void write(byte[] bytes, int offset, int length) throws IOException;
}
