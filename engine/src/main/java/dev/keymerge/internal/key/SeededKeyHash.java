package dev.keymerge.internal.key;

import java.security.SecureRandom;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Hashes keys under a seed, so that nobody can prepare a source whose keys collide.
 *
 * <p>Words go through two rounds of multiply and xor-shift, which spread every input bit over all
 * output bits; bytes are folded sixteen at a time through a full 64 by 64 bit product.
 *
 * <p>Immutable and thread-safe.
 */
public final class SeededKeyHash implements KeyHash {
  private static final long MULTIPLIER = 0x9e3779b97f4a7c15L;
  private static final long FIRST_ROUND = 0xbf58476d1ce4e5b9L;
  private static final long SECOND_ROUND = 0x94d049bb133111ebL;
  private static final long FOLD_ODD = 0xd6e8feb86659fd93L;
  private static final long FOLD_EVEN = 0xa0761d6478bd642fL;

  private final long seed;

  /** Creates the function for a seed. */
  public SeededKeyHash(long seed) {
    this.seed = seed * MULTIPLIER + FOLD_ODD;
  }

  /** Creates a function that no other run shares. */
  public static SeededKeyHash random() {
    return new SeededKeyHash(new SecureRandom().nextLong());
  }

  @Override
  public void words(long[] first, int[] nulls, int count, long[] out) {
    for (int row = 0; row < count; row++) {
      out[row] = mix(first[row] + nulls[row] * MULTIPLIER ^ seed);
    }
  }

  @Override
  public void pairs(long[] first, long[] second, int[] nulls, int count, long[] out) {
    for (int row = 0; row < count; row++) {
      out[row] = mix(fold(first[row] ^ seed, second[row] ^ FOLD_EVEN) + nulls[row] ^ first[row]);
    }
  }

  @Override
  public void bytes(ArrowBuf data, ByteRanges ranges, int[] nulls, int count, long[] out) {
    int[] starts = ranges.starts();
    int[] lengths = ranges.lengths();
    long address = data.memoryAddress();
    for (int row = 0; row < count; row++) {
      out[row] = mix(bytes(address + starts[row], lengths[row]) + nulls[row] * MULTIPLIER);
    }
  }

  private long bytes(long start, int length) {
    long hash = seed ^ length * MULTIPLIER;
    long position = start;
    long end = start + length;
    while (end - position > 2 * Long.BYTES) {
      hash =
          fold(
              MemoryUtil.getLong(position) ^ FOLD_ODD,
              MemoryUtil.getLong(position + Long.BYTES) ^ hash);
      position += 2 * Long.BYTES;
    }
    long head;
    long tail;
    if (length >= Long.BYTES) {
      // The last sixteen bytes at most; they may overlap what has been folded already.
      head = MemoryUtil.getLong(Math.max(start, end - 2 * Long.BYTES));
      tail = MemoryUtil.getLong(end - Long.BYTES);
    } else if (length >= Integer.BYTES) {
      head = MemoryUtil.getInt(start);
      tail = MemoryUtil.getInt(end - Integer.BYTES);
    } else if (length > 0) {
      head =
          (long) MemoryUtil.getByte(start) << Byte.SIZE
              | (MemoryUtil.getByte(start + (length >> 1)) & 0xFF);
      tail = MemoryUtil.getByte(end - 1);
    } else {
      head = 0;
      tail = 0;
    }
    return fold(head ^ FOLD_EVEN, tail ^ hash);
  }

  private static long fold(long left, long right) {
    return left * right ^ Math.multiplyHigh(left, right);
  }

  private static long mix(long value) {
    long mixed = (value ^ value >>> 30) * FIRST_ROUND;
    mixed = (mixed ^ mixed >>> 27) * SECOND_ROUND;
    return mixed ^ mixed >>> 31;
  }
}
