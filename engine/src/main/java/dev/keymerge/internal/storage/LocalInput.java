package dev.keymerge.internal.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;

/**
 * Reads a local file through a channel.
 *
 * <p>Owns the channel. Thread-safe, except that interrupting a reading thread closes the file for
 * all of them.
 */
final class LocalInput implements StorageInput {
  /**
   * Bounds one read or write of a heap buffer: the platform copies it through a native buffer of
   * its size, which it then keeps for as long as the thread lives.
   */
  static final int CHUNK_BYTES = 256 * 1024;

  private final StoragePath path;
  private final FileChannel channel;
  private final long size;

  LocalInput(StoragePath path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  @Override
  public StoragePath path() {
    return path;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public void readFully(long position, ByteBuffer target) throws IOException {
    int end = target.limit();
    long from = position;
    try {
      while (target.position() < end) {
        if (!target.isDirect()) {
          target.limit(Math.min(end, target.position() + CHUNK_BYTES));
        }
        int count = channel.read(target, from);
        if (count < 0) {
          throw endOfFile(from, end - target.position());
        }
        from += count;
        target.limit(end);
      }
    } catch (IOException failure) {
      throw LocalFailures.explained(path.text(), failure);
    } finally {
      target.limit(end);
    }
  }

  /** Sends bytes to another channel inside the kernel where it can. */
  void transferTo(long position, long length, WritableByteChannel target) throws IOException {
    long done = 0;
    while (done < length) {
      long count = channel.transferTo(position + done, length - done, target);
      if (count <= 0) {
        throw endOfFile(position + done, length - done);
      }
      done += count;
    }
  }

  private EOFException endOfFile(long position, long missing) throws IOException {
    return new EOFException(
        path
            + ": the file ends at byte "
            + channel.size()
            + ", but "
            + missing
            + " bytes are wanted from byte "
            + position
            + " on");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
