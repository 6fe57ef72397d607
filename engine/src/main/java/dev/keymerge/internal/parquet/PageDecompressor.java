package dev.keymerge.internal.parquet;

/**
 * Expands compressed pages of one codec.
 *
 * <p>Made by {@link PageCodecs}; the maker closes it. Not thread-safe: it may keep a native context
 * from page to page.
 */
interface PageDecompressor extends AutoCloseable {
  /**
   * Expands {@code length} bytes of {@code input} from {@code offset} on into exactly {@code
   * outputLength} bytes of {@code output}.
   *
   * @throws MalformedParquetException if the bytes are damaged or expand to another length
   */
  void decompress(
      byte[] input, int offset, int length, byte[] output, int outputOffset, int outputLength);

  /** Releases native memory; harmless if done twice. */
  @Override
  void close();
}
