package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * Shows a stretch of a file as a stream without a buffer of its own.
 *
 * <p>A read that fails is reported as {@link UncheckedIOException}, so that libraries which read
 * from this cannot take it for damage of what they read. Owns nothing; not thread-safe.
 */
final class StoredBytes extends InputStream {
  private final StorageInput input;
  private final byte[] one = new byte[1];
  private long position;
  private long left;

  /** Creates the stream of {@code length} bytes from {@code position} on. */
  StoredBytes(StorageInput input, long position, long length) {
    this.input = input;
    this.position = position;
    this.left = length;
  }

  @Override
  public int read() {
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (left == 0 && length > 0) {
      return -1;
    }
    int count = (int) Math.min(left, length);
    try {
      input.readFully(position, ByteBuffer.wrap(target, offset, count));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    position += count;
    left -= count;
    return count;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, left);
  }
}
