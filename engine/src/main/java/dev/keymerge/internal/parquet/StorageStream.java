package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/**
 * Shows a {@link StorageOutput} as a stream with a small buffer; flushing hands on, closing does
 * nothing more. Not thread-safe.
 */
final class StorageStream extends OutputStream {
  private static final int BUFFER_BYTES = 16 << 10;

  private final StorageOutput out;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int used;

  /** Creates the stream; {@code out} stays the caller's. */
  StorageStream(StorageOutput out) {
    this.out = out;
  }

  @Override
  public void write(int value) throws IOException {
    if (used == BUFFER_BYTES) {
      flush();
    }
    buffer[used++] = (byte) value;
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > BUFFER_BYTES - used) {
      flush();
    }
    if (length > BUFFER_BYTES) {
      out.write(ByteBuffer.wrap(bytes, offset, length));
      return;
    }
    System.arraycopy(bytes, offset, buffer, used, length);
    used += length;
  }

  @Override
  public void flush() throws IOException {
    if (used > 0) {
      out.write(ByteBuffer.wrap(buffer, 0, used));
      used = 0;
    }
  }

  @Override
  public void close() throws IOException {
    flush();
  }
}
