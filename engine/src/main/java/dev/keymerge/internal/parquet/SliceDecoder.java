package dev.keymerge.internal.parquet;

import java.io.IOException;

/**
 * Decodes the values of one page slice by slice, for one pair of physical type and encoding.
 *
 * <p>The same formats as {@link ValueDecoder} decodes at once. Owns its streams. Not thread-safe.
 */
interface SliceDecoder extends AutoCloseable {
  /**
   * Decodes the next values, at least one and at most {@code most}, into the array of {@code into}
   * that belongs to the physical type, and returns how many they are: fewer only if values are
   * long. What {@code into} held before is lost.
   */
  int decode(int most, PageValues into) throws IOException;

  /**
   * Checks after the last value that the page ends where it should.
   *
   * @throws MalformedParquetException if it does not
   */
  void finish() throws IOException;

  @Override
  void close();
}
