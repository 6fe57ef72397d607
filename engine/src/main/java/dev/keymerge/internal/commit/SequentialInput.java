package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Reads a range of a stored file from its beginning to its end; the file stays its owner's. */
final class SequentialInput extends InputStream {
  private static final int BUFFER_BYTES = 16 << 10;

  private final StorageInput input;
  private final long end;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).limit(0);
  private long position;

  SequentialInput(StorageInput input, long start, long end) {
    this.input = input;
    this.position = start;
    this.end = end;
  }

  @Override
  public int read() throws IOException {
    return fill() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int bytes = Math.min(length, buffer.remaining());
    buffer.get(target, offset, bytes);
    return bytes;
  }

  /** Returns whether there is at least one more byte in the buffer. */
  private boolean fill() throws IOException {
    if (buffer.hasRemaining()) {
      return true;
    }
    if (position >= end) {
      return false;
    }
    buffer.clear().limit((int) Math.min(BUFFER_BYTES, end - position));
    input.readFully(position, buffer);
    position += buffer.position();
    buffer.flip();
    return true;
  }
}
