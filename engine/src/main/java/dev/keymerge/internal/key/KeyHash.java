package dev.keymerge.internal.key;

import org.apache.arrow.memory.ArrowBuf;

/**
 * Hashes batches of canonical keys to 64 bits each, one method per shape.
 *
 * <p>Nothing that leaves the engine may depend on hash values: any function is correct, even a
 * constant one. Implementations are immutable and thread-safe.
 */
public interface KeyHash {
  /** Hashes keys of one word; {@code nulls} has a bit per null component. */
  void words(long[] first, int[] nulls, int count, long[] out);

  /** Hashes keys of two words. */
  void pairs(long[] first, long[] second, int[] nulls, int count, long[] out);

  /** Hashes keys of bytes; the caller has made sure that all ranges lie within {@code data}. */
  void bytes(ArrowBuf data, ByteRanges ranges, int[] nulls, int count, long[] out);

  /**
   * Says where the bytes of each key of a batch lie.
   *
   * @param starts first byte per key
   * @param lengths how many bytes per key
   */
  record ByteRanges(int[] starts, int[] lengths) {}
}
