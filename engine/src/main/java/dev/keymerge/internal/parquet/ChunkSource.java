package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Reads one stretch of a file forward through a window that always shows the next bytes in one
 * piece.
 *
 * <p>Reads start small and double up to a mebibyte while they follow one another, so that a few
 * pages picked out of a chunk do not cost the whole chunk. The window is as long as the longest
 * read or the longest page that was asked for.
 *
 * <p>Owns neither the input nor the scratch memory. Not thread-safe.
 */
final class ChunkSource {
  private static final int FIRST_READ = 64 << 10;
  private static final int LONGEST_READ = 1 << 20;

  /** Keeps room behind the window so that readers of eight bytes at a time may overrun. */
  private static final int SLACK = Long.BYTES;

  private final StorageInput input;
  private final ScratchArrays scratch;
  private final long end;
  private byte[] window = new byte[0];
  private int from;
  private int to;
  private long windowEnd;
  private int nextRead = FIRST_READ;
  private long objectBytes;

  /** Creates the source of the bytes from {@code start} to {@code end}. */
  ChunkSource(StorageInput input, long start, long end, ScratchArrays scratch) {
    this.input = input;
    this.scratch = scratch;
    this.end = end;
    this.windowEnd = start;
  }

  /** Returns the file. */
  StorageInput input() {
    return input;
  }

  /** Returns where in the file the next byte stands. */
  long position() {
    return windowEnd - (to - from);
  }

  /** Returns the bytes that are left. */
  long remaining() {
    return end - position();
  }

  /**
   * Returns the array that shows the next {@link #available} bytes from {@link #offset} on, until
   * more are required.
   */
  byte[] window() {
    return window;
  }

  /** Returns where in the window the next byte is. */
  int offset() {
    return from;
  }

  /** Returns how many bytes the window shows. */
  int available() {
    return to - from;
  }

  /**
   * Returns once the window shows at least {@code bytes} bytes.
   *
   * @throws MalformedParquetException if fewer are left
   */
  void require(long bytes) throws IOException {
    if (bytes <= to - from) {
      return;
    }
    if (bytes > remaining()) {
      throw new MalformedParquetException(
          "a page of " + bytes + " bytes at " + position() + " leaves the column chunk");
    }
    int kept = to - from;
    System.arraycopy(window, from, window, 0, kept);
    from = 0;
    to = kept;
    long wanted = Math.min(remaining(), Math.max(bytes, (long) kept + nextRead));
    wanted = Math.max(bytes, Math.min(wanted, Math.max(LONGEST_READ, window.length - SLACK)));
    if (wanted + SLACK > window.length) {
      // The old window may be another reader's as soon as it is exchanged.
      byte[] rest = Arrays.copyOf(window, kept);
      window = scratch.lend(window, wanted + SLACK);
      System.arraycopy(rest, 0, window, 0, kept);
    }
    int length = (int) wanted - kept;
    input.readFully(windowEnd, ByteBuffer.wrap(window, kept, length));
    windowEnd += length;
    to = kept + length;
    nextRead = Math.min(LONGEST_READ, nextRead * 2);
  }

  /** Charges {@code bytes} for objects that are made of the window, if never as many were. */
  void chargeObjects(long bytes) {
    if (bytes > objectBytes) {
      scratch.charge(bytes - objectBytes);
      objectBytes = bytes;
    }
  }

  /** Passes over {@code bytes} bytes, which need not be in the window. */
  void skip(long bytes) {
    if (bytes > remaining()) {
      throw new MalformedParquetException(
          "a page of " + bytes + " bytes at " + position() + " leaves the column chunk");
    }
    if (bytes <= to - from) {
      from += (int) bytes;
    } else {
      jump(position() + bytes, FIRST_READ);
    }
  }

  /** Goes forward to {@code position}; {@code bytes} is what will be needed there. */
  void seek(long position, int bytes) {
    if (position < position() || position > end) {
      throw new MalformedParquetException("a page is said to start at " + position);
    }
    if (position <= windowEnd) {
      from = to - (int) (windowEnd - position);
    } else {
      jump(position, Math.max(1, Math.min(LONGEST_READ, bytes)));
    }
  }

  private void jump(long position, int read) {
    from = 0;
    to = 0;
    windowEnd = position;
    nextRead = read;
  }
}
