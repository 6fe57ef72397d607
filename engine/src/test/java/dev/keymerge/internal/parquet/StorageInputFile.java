package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;

/**
 * Shows an open {@link StorageInput} to the Parquet library as its kind of file.
 *
 * <p>The streams read straight into the caller's memory; only single bytes go through a small
 * buffer. Neither the file nor its streams own the input: whoever opened it closes it. The file is
 * as thread-safe as the input; a stream is not.
 */
public final class StorageInputFile implements InputFile {
  private final StorageInput input;

  /** Creates the view of {@code input}, which stays the caller's. */
  public StorageInputFile(StorageInput input) {
    this.input = input;
  }

  @Override
  public long getLength() {
    return input.size();
  }

  @Override
  public SeekableInputStream newStream() {
    return new Stream(input);
  }

  @Override
  public String toString() {
    return input.path().toString();
  }

  private static final class Stream extends SeekableInputStream {
    private static final int SMALL = 4096;

    private final StorageInput input;
    private final byte[] small = new byte[SMALL];
    private long smallStart;
    private int smallLength;
    private long position;

    Stream(StorageInput input) {
      this.input = input;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void seek(long newPosition) {
      position = newPosition;
    }

    @Override
    public int available() {
      return (int) Math.min(Integer.MAX_VALUE, Math.max(0, input.size() - position));
    }

    @Override
    public long skip(long bytes) {
      long skipped = Math.max(0, Math.min(bytes, input.size() - position));
      position += skipped;
      return skipped;
    }

    @Override
    public int read() throws IOException {
      if (position >= input.size()) {
        return -1;
      }
      if (position < smallStart || position >= smallStart + smallLength) {
        int length = (int) Math.min(SMALL, input.size() - position);
        smallLength = 0;
        input.readFully(position, ByteBuffer.wrap(small, 0, length));
        smallStart = position;
        smallLength = length;
      }
      int value = small[(int) (position - smallStart)] & 0xFF;
      position++;
      return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      return read(ByteBuffer.wrap(target, offset, length));
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (!target.hasRemaining()) {
        return 0;
      }
      if (position >= input.size()) {
        return -1;
      }
      int length = (int) Math.min(target.remaining(), input.size() - position);
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
    public void readFully(byte[] target) throws IOException {
      readFully(ByteBuffer.wrap(target));
    }

    @Override
    public void readFully(byte[] target, int offset, int length) throws IOException {
      readFully(ByteBuffer.wrap(target, offset, length));
    }

    @Override
    public void readFully(ByteBuffer target) throws IOException {
      int length = target.remaining();
      if (length > input.size() - position) {
        throw new EOFException(
            input.path() + " ends at " + input.size() + ", before " + (position + length));
      }
      input.readFully(position, target);
      position += length;
    }
  }
}
