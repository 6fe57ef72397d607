package dev.keymerge.internal.key;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Tells for most hashes that were never added that they were not, with one memory access each.
 *
 * <p>Each hash sets four bits within one 64-bit word: its upper 32 bits choose the word, its lowest
 * 24 bits the four bits. At twelve bits per key about two in a hundred absent hashes pass.
 *
 * <p>Adding is for one thread; once added, any number of threads may ask. The owner closes it
 * before the allocator.
 */
public final class BlockedBloomFilter implements AutoCloseable {
  private static final int BITS_PER_KEY = 12;
  private static final long MOST_WORDS = 1L << 31;

  private final ArrowBuf buffer;
  private final long address;
  private final long words;

  private BlockedBloomFilter(ArrowBuf buffer, long words) {
    this.buffer = buffer;
    this.address = buffer.memoryAddress();
    this.words = words;
  }

  /** Returns the bytes that a filter for {@code keys} keys takes. */
  public static long bytesFor(long keys) {
    return wordsFor(keys) * Long.BYTES;
  }

  private static long wordsFor(long keys) {
    return Math.max(1, Math.min(MOST_WORDS, keys / Long.SIZE * BITS_PER_KEY + BITS_PER_KEY));
  }

  /** Creates an empty filter for {@code keys} keys. */
  public static BlockedBloomFilter create(long keys, BufferAllocator allocator) {
    long words = wordsFor(keys);
    ArrowBuf buffer = allocator.buffer(words * Long.BYTES);
    buffer.setZero(0, words * Long.BYTES);
    return new BlockedBloomFilter(buffer, words);
  }

  /** Adds a hash. */
  public void add(long hash) {
    long word = address(hash);
    MemoryUtil.putLong(word, MemoryUtil.getLong(word) | bits(hash));
  }

  /**
   * Writes the rows in 0 to {@code rows} whose hash may have been added to {@code selected}, and
   * returns how many they are.
   */
  public int select(long[] hashes, int rows, int[] selected) {
    int count = 0;
    for (int row = 0; row < rows; row++) {
      long hash = hashes[row];
      long bits = bits(hash);
      selected[count] = row;
      count += (MemoryUtil.getLong(address(hash)) & bits) == bits ? 1 : 0;
    }
    return count;
  }

  private long address(long hash) {
    // Always within the buffer, whatever the hash.
    return address + ((hash >>> Integer.SIZE) * words >>> Integer.SIZE) * Long.BYTES;
  }

  private static long bits(long hash) {
    // Java takes shift distances modulo 64, so each six bits of the hash need no mask.
    return 1L << hash | 1L << (hash >>> 6) | 1L << (hash >>> 12) | 1L << (hash >>> 18);
  }

  @Override
  public void close() {
    buffer.close();
  }
}
