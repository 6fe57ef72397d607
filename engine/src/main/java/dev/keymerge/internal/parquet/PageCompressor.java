package dev.keymerge.internal.parquet;

import org.apache.parquet.format.CompressionCodec;

/**
 * Compresses pages by one codec; equal input gives equal output.
 *
 * <p>Made by {@link PageCodecs}; the maker closes it. Not thread-safe: it may keep a native context
 * from page to page.
 */
interface PageCompressor extends AutoCloseable {
  /** Returns the codec as a footer names it. */
  CompressionCodec codec();

  /** Returns how much room {@code length} bytes may need at worst. */
  int maxCompressedLength(int length);

  /**
   * Compresses {@code length} bytes of {@code input} from {@code offset} on to {@code output} from
   * {@code outputOffset} on and returns how many bytes that took; {@link #maxCompressedLength}
   * bytes of room are always enough.
   */
  int compress(byte[] input, int offset, int length, byte[] output, int outputOffset);

  /** Releases native memory; harmless if done twice. */
  @Override
  void close();
}
