package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Lends the buffers of key tables up to a bound of their own, below which the budget may still
 * refuse.
 *
 * <p>The bound leaves memory to whoever reads keys while the tables grow. Not thread-safe.
 */
final class IndexMemory {
  private final BufferAllocator allocator;
  private final long limitBytes;
  private long usedBytes;

  IndexMemory(BufferAllocator allocator, long limitBytes) {
    this.allocator = allocator;
    this.limitBytes = limitBytes;
  }

  /**
   * Returns a buffer of {@code bytes}, which the caller gives back.
   *
   * @throws MergeException.LimitExceeded if the bound or the budget refuses
   */
  ArrowBuf buffer(long bytes) {
    if (bytes > limitBytes - usedBytes) {
      throw new MergeException.LimitExceeded(
          "key index: needs "
              + bytes
              + " bytes more, but "
              + usedBytes
              + " of the "
              + limitBytes
              + " bytes that it may hold are in use",
          "Raise the memory limit (--memory).");
    }
    ArrowBuf buffer = allocator.buffer(bytes);
    usedBytes += buffer.capacity();
    return buffer;
  }

  /** Takes a buffer back. */
  void release(ArrowBuf buffer) {
    usedBytes -= buffer.capacity();
    buffer.close();
  }

  /** Returns the most bytes that may be lent at once. */
  long limitBytes() {
    return limitBytes;
  }

  /** Returns the bytes that the bound leaves. */
  long freeBytes() {
    return limitBytes - usedBytes;
  }
}
