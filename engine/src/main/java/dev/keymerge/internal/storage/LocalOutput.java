package dev.keymerge.internal.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Writes a local file through a channel, which it owns. Not thread-safe. */
final class LocalOutput implements StorageOutput {
  private final StoragePath path;
  private final FileChannel channel;
  private long position;

  LocalOutput(StoragePath path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  @Override
  public StoragePath path() {
    return path;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    int end = source.limit();
    try {
      while (source.position() < end) {
        if (!source.isDirect()) {
          source.limit(Math.min(end, source.position() + LocalInput.CHUNK_BYTES));
        }
        position += channel.write(source);
        source.limit(end);
      }
    } catch (IOException failure) {
      throw LocalFailures.explained(path.text(), failure);
    } finally {
      source.limit(end);
    }
  }

  @Override
  public void copyFrom(StorageInput input, long from, long length) throws IOException {
    if (input instanceof LocalInput local) {
      try {
        local.transferTo(from, length, channel);
        position += length;
      } catch (IOException failure) {
        throw LocalFailures.explained(path.text(), failure);
      }
      return;
    }
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(LocalInput.CHUNK_BYTES, length));
    long done = 0;
    while (done < length) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), length - done));
      input.readFully(from + done, buffer);
      done += buffer.position();
      write(buffer.flip());
    }
  }

  @Override
  public void sync() throws IOException {
    try {
      channel.force(true);
    } catch (IOException failure) {
      throw LocalFailures.explained(path.text(), failure);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
