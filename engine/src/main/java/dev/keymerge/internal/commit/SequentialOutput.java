package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.StorageOutput;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** Writes a stored file in large pieces; the caller flushes it, and owns the file. */
final class SequentialOutput extends OutputStream {
  private static final int BUFFER_BYTES = 16 << 10;

  private final StorageOutput output;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);

  SequentialOutput(StorageOutput output) {
    this.output = output;
  }

  @Override
  public void write(int value) throws IOException {
    if (!buffer.hasRemaining()) {
      flush();
    }
    buffer.put((byte) value);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int bytes = Math.min(length - done, buffer.remaining());
      buffer.put(source, offset + done, bytes);
      done += bytes;
    }
  }

  @Override
  public void flush() throws IOException {
    output.write(buffer.flip());
    buffer.clear();
  }
}
