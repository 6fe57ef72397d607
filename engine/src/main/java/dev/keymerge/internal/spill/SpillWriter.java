package dev.keymerge.internal.spill;

import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/**
 * Writes the records of one stream through one buffer.
 *
 * <p>A record never straddles blocks: the reader finds it whole. The buffer is taken with the first
 * record and given back by {@link #finish}. Closing without finishing drops what was written. Not
 * thread-safe.
 */
public final class SpillWriter implements AutoCloseable {
  private static final int LEAST_BLOCK_BYTES = 1 << 10;

  private final SpillStore store;
  private final SpillStream stream;
  private final int blockBytes;
  private @Nullable ArrowBuf buffer;
  private long address;
  private int capacity;
  private int position;
  private boolean finished;

  SpillWriter(SpillStore store, int number, int blockBytes) {
    this.store = store;
    this.stream = new SpillStream(store, number);
    this.blockBytes = Math.max(LEAST_BLOCK_BYTES, blockBytes);
  }

  /**
   * Appends a record of {@code bytes} bytes and returns the memory address where the caller writes
   * them, before it calls anything else here.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses the buffer, or limit or
   *     disk the block that must go first; the record has not been appended then, and the call may
   *     be repeated
   */
  public long append(int bytes) {
    if (bytes > capacity - position) {
      makeRoom(bytes);
    }
    long at = address + position;
    position += bytes;
    return at;
  }

  /**
   * Makes sure that appending {@code bytes} bytes next, in records of any size, cannot fail.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded as {@link #append} does; may be repeated
   */
  public void reserve(int bytes) {
    if (bytes > capacity - position) {
      makeRoom(bytes);
    }
  }

  private void makeRoom(int bytes) {
    flush();
    int needed = Math.addExact(SpillBlock.HEADER_BYTES, bytes);
    if (needed > capacity) {
      release();
      int fresh = Math.max(needed, blockBytes);
      ArrowBuf granted = store.allocator().buffer(fresh);
      buffer = granted;
      address = granted.memoryAddress();
      capacity = fresh;
      position = SpillBlock.HEADER_BYTES;
    }
  }

  private void flush() {
    ArrowBuf full = buffer;
    if (full == null || position == SpillBlock.HEADER_BYTES) {
      return;
    }
    ByteBuffer block = full.nioBuffer(0, position);
    SpillBlock.seal(block, stream.number(), stream.blocks());
    store.append(stream, block);
    position = SpillBlock.HEADER_BYTES;
  }

  /** Writes what the buffer holds and gives it back until the next record. */
  public void pause() {
    flush();
    release();
  }

  /** Returns how many bytes of records were appended. */
  public long bytes() {
    return stream.bytes() + Math.max(0, position - SpillBlock.HEADER_BYTES);
  }

  /** Returns the bytes of memory that the writer holds now. */
  public long memoryBytes() {
    return capacity;
  }

  /**
   * Writes what is left and returns the stream, which the caller closes; nothing may be appended
   * any more.
   */
  public SpillStream finish() {
    flush();
    release();
    finished = true;
    return stream;
  }

  private void release() {
    ArrowBuf held = buffer;
    if (held != null) {
      buffer = null;
      address = 0;
      capacity = 0;
      position = 0;
      held.close();
    }
  }

  @Override
  public void close() {
    if (!finished) {
      finished = true;
      release();
      stream.close();
    }
  }
}
