package dev.keymerge.internal.scan;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** Shows a file of a storage as a channel with a position. Owns the input; not thread-safe. */
final class StorageChannel implements SeekableByteChannel {
  private final StorageInput input;
  private long position;
  private boolean open = true;

  StorageChannel(StorageInput input) {
    this.input = input;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (!open) {
      throw new ClosedChannelException();
    }
    long left = input.size() - position;
    if (left <= 0) {
      return target.hasRemaining() ? -1 : 0;
    }
    int length = (int) Math.min(left, target.remaining());
    int limit = target.limit();
    target.limit(target.position() + length);
    try {
      input.readFully(position, target);
    } finally {
      target.limit(limit);
    }
    position += length;
    return length;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long newPosition) {
    position = newPosition;
    return this;
  }

  @Override
  public long size() {
    return input.size();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public int write(ByteBuffer source) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long size) {
    throw new NonWritableChannelException();
  }

  @Override
  public void close() throws IOException {
    if (open) {
      open = false;
      input.close();
    }
  }
}
