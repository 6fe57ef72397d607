package dev.keymerge.internal.index;

import dev.keymerge.internal.key.KeyHash;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;

/** Gives every key the same hash, so that only comparing by value can tell keys apart. */
final class ConstantKeyHash implements KeyHash {
  private static final long HASH = 0x123456789abcdef0L;

  @Override
  public void words(long[] first, int[] nulls, int count, long[] out) {
    Arrays.fill(out, 0, count, HASH);
  }

  @Override
  public void pairs(long[] first, long[] second, int[] nulls, int count, long[] out) {
    Arrays.fill(out, 0, count, HASH);
  }

  @Override
  public void bytes(ArrowBuf data, ByteRanges ranges, int[] nulls, int count, long[] out) {
    Arrays.fill(out, 0, count, HASH);
  }
}
