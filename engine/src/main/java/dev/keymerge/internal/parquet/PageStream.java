package dev.keymerge.internal.parquet;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Goes through expanded bytes of a page once, showing the next ones in a window that grows only if
 * more must be seen in one piece.
 *
 * <p>Owns the stream it reads from; gives its memory back when closed. Not thread-safe.
 */
final class PageStream implements AutoCloseable {
  /** Keeps room behind the window so that readers of eight bytes at a time may overrun. */
  private static final int SLACK = Long.BYTES;

  private final @Nullable InputStream expanded;
  private final ScratchArrays scratch;
  private byte[] window;
  private int from;
  private int to;

  /** How many bytes have not come to the window yet. */
  private long left;

  private long position;
  private boolean closed;

  /** Creates the stream of {@code length} bytes that {@code expanded} yields. */
  PageStream(InputStream expanded, long length, int windowBytes, ScratchArrays scratch)
      throws IOException {
    this.expanded = expanded;
    this.scratch = scratch;
    this.left = length;
    try {
      this.window = scratch.bytes(new byte[0], Math.min(length, windowBytes) + SLACK);
    } catch (RuntimeException e) {
      expanded.close();
      throw e;
    }
  }

  /** Creates the stream of bytes that are in memory already; they stay the caller's. */
  PageStream(byte[] bytes, int from, int to, ScratchArrays scratch) {
    this.expanded = null;
    this.scratch = scratch;
    this.window = bytes;
    this.from = from;
    this.to = to;
  }

  /** Returns how many bytes have been passed. */
  long position() {
    return position;
  }

  /** Returns how many bytes are left. */
  long remaining() {
    return left + to - from;
  }

  /**
   * Returns the array that shows the next bytes from {@link #offset} on until more are required.
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
   * Returns once the window shows the next {@code bytes} bytes.
   *
   * @throws MalformedParquetException if fewer are left
   */
  void require(long bytes) throws IOException {
    if (bytes <= to - from) {
      return;
    }
    if (bytes > remaining()) {
      throw new MalformedParquetException(
          "a page ends within its values, " + bytes + " bytes wanted, " + remaining() + " left");
    }
    compact();
    if (bytes + SLACK > window.length) {
      window = scratch.extend(window, to, bytes + SLACK);
    }
    fill((int) bytes);
  }

  /** Makes the window show as much as it has room for. */
  void fill() throws IOException {
    compact();
    fill((int) Math.min(remaining(), window.length - SLACK));
  }

  private void compact() {
    if (from > 0) {
      System.arraycopy(window, from, window, 0, to - from);
      to -= from;
      from = 0;
    }
  }

  private void fill(int least) throws IOException {
    int most = (int) Math.min(remaining(), window.length - SLACK);
    while (to < least) {
      int count = read(window, to, most - to);
      if (count < 0) {
        throw new MalformedParquetException(
            "a page expands to " + left + " bytes fewer than its header says");
      }
      to += count;
      left -= count;
    }
  }

  /** Reads expanded bytes and returns how many, or a negative number at their end. */
  private int read(byte[] target, int offset, int length) throws IOException {
    InputStream source = expanded;
    try {
      return source == null ? -1 : source.read(target, offset, length);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (IOException e) {
      throw MalformedParquetException.of("a compressed page is damaged", e);
    }
  }

  /** Passes {@code bytes} bytes that the window shows. */
  void pass(int bytes) {
    from += bytes;
    position += bytes;
  }

  /** Copies the next {@code bytes} bytes to the beginning of {@code target}, and passes them. */
  void take(byte[] target, int bytes) throws IOException {
    int done = 0;
    while (done < bytes) {
      require(1);
      int part = Math.min(bytes - done, to - from);
      System.arraycopy(window, from, target, done, part);
      pass(part);
      done += part;
    }
  }

  /** Passes over {@code bytes} bytes. */
  void skip(long bytes) throws IOException {
    long rest = bytes;
    while (rest > 0) {
      require(1);
      int part = (int) Math.min(rest, to - from);
      pass(part);
      rest -= part;
    }
  }

  /** Returns the next byte. */
  int nextByte() throws IOException {
    require(1);
    position++;
    return window[from++] & 0xFF;
  }

  /** Returns the next four bytes as a number, lowest byte first. */
  int nextInt() throws IOException {
    return nextByte() | nextByte() << 8 | nextByte() << 16 | nextByte() << 24;
  }

  /**
   * Passes over what is left and checks that nothing follows.
   *
   * @throws MalformedParquetException if the page expands to more or fewer bytes than it should
   */
  void finish() throws IOException {
    skip(remaining());
    if (read(new byte[1], 0, 1) >= 0) {
      throw new MalformedParquetException("a page expands to more bytes than its header says");
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    InputStream source = expanded;
    if (source != null) {
      scratch.discard(window);
      window = new byte[0];
      try {
        source.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Makes something over a stream. */
  @FunctionalInterface
  interface Opening<T> {
    T open() throws IOException;
  }

  /** Returns what {@code opening} makes over {@code stream}, which is closed if that fails. */
  static <T> T opened(PageStream stream, Opening<T> opening) throws IOException {
    boolean done = false;
    try {
      T result = opening.open();
      done = true;
      return result;
    } finally {
      if (!done) {
        stream.close();
      }
    }
  }
}
