package dev.keymerge.internal.index;

import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ByteFunctionHelpers;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Keeps byte values, each behind its length, in buffers that grow from small to large and never
 * move.
 *
 * <p>A value's address holds the number of its buffer in bits 32 to 55 and its offset there in bits
 * 0 to 31; the uppermost byte is 0 and free for the caller.
 *
 * <p>Adding is for one thread; values that are there may be read by any number of threads. The
 * owner closes it before the allocator.
 */
final class ByteArena implements AutoCloseable {
  private static final int SMALLEST_BUFFER = 1024;
  private static final int LARGEST_BUFFER = 256 * 1024;
  private static final int BUFFER_MASK = 0xFFFFFF;
  private static final long OFFSET_MASK = 0xFFFFFFFFL;

  private final IndexMemory memory;
  private ArrowBuf[] buffers = new ArrowBuf[0];
  private long[] addresses = new long[0];
  private int count;
  private long position;

  ByteArena(IndexMemory memory) {
    this.memory = memory;
  }

  /** Returns the bytes of all buffers. */
  long bytes() {
    long bytes = 0;
    for (int index = 0; index < count; index++) {
      bytes += buffers[index].capacity();
    }
    return bytes;
  }

  /**
   * Stores {@code length} bytes of {@code source} with room for {@code capacity} and returns the
   * address.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses; nothing has changed
   *     then
   */
  long add(ArrowBuf source, long start, int length, int capacity) {
    long needed = (long) Integer.BYTES + capacity;
    if (count == 0 || position + needed > buffers[count - 1].capacity()) {
      open(needed);
    }
    long address = (long) (count - 1) << Integer.SIZE | position;
    position += needed;
    set(address, source, start, length);
    return address;
  }

  private void open(long needed) {
    if (count > BUFFER_MASK) {
      throw new IllegalStateException("One hash partition holds too many bytes of keys");
    }
    int usual = SMALLEST_BUFFER << Math.min(count, 30 - 10);
    ArrowBuf fresh = memory.buffer(Math.max(needed, Math.min(usual, LARGEST_BUFFER)));
    if (count == buffers.length) {
      buffers = Arrays.copyOf(buffers, Math.max(8, 2 * count));
      addresses = Arrays.copyOf(addresses, buffers.length);
    }
    addresses[count] = fresh.memoryAddress();
    buffers[count++] = fresh;
    position = 0;
  }

  /** Overwrites a value; the caller knows that there is room for {@code length} bytes. */
  void set(long address, ArrowBuf source, long start, int length) {
    ArrowBuf buffer = buffer(address);
    long offset = address & OFFSET_MASK;
    buffer.setInt(offset, length);
    if (length > 0) {
      buffer.setBytes(offset + Integer.BYTES, source, start, length);
    }
  }

  /**
   * Returns where in memory the value at {@code address} stands, its length first; valid until the
   * arena is closed.
   */
  long memoryAddress(long address) {
    return addresses[(int) (address >>> Integer.SIZE) & BUFFER_MASK] + (address & OFFSET_MASK);
  }

  /**
   * Returns whether the value that {@link #memoryAddress} told of has just the bytes at {@code
   * other}.
   */
  static boolean matches(long value, long other, int length) {
    if (MemoryUtil.getInt(value) != length) {
      return false;
    }
    long left = value + Integer.BYTES;
    long right = other;
    long lastWord = left + length - Long.BYTES;
    while (left < lastWord) {
      if (MemoryUtil.getLong(left) != MemoryUtil.getLong(right)) {
        return false;
      }
      left += Long.BYTES;
      right += Long.BYTES;
    }
    if (length >= Long.BYTES) {
      // The last word overlaps what was compared before it.
      return MemoryUtil.getLong(lastWord) == MemoryUtil.getLong(other + length - Long.BYTES);
    }
    for (int index = 0; index < length; index++) {
      if (MemoryUtil.getByte(left + index) != MemoryUtil.getByte(right + index)) {
        return false;
      }
    }
    return true;
  }

  /** Compares the value at {@code address} with other bytes, unsigned. */
  int compare(long address, ArrowBuf other, long start, int length) {
    ArrowBuf buffer = buffer(address);
    long offset = address & OFFSET_MASK;
    long from = offset + Integer.BYTES;
    return ByteFunctionHelpers.compare(
        buffer, from, from + buffer.getInt(offset), other, start, start + length);
  }

  private ArrowBuf buffer(long address) {
    return buffers[(int) (address >>> Integer.SIZE) & BUFFER_MASK];
  }

  @Override
  public void close() {
    addresses = new long[0];
    while (count > 0) {
      memory.release(buffers[--count]);
    }
  }
}
