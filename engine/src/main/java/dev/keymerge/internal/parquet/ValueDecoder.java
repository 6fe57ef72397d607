package dev.keymerge.internal.parquet;

/**
 * Decodes the values of one page at a time, for one pair of physical type and encoding.
 *
 * <p>Each implementation is final and loops over the whole page, so that calls are virtual once per
 * page and never per value. It may trust no number in the data; what it does not check itself must
 * end in an {@link IndexOutOfBoundsException} at worst, never in endless work. Not thread-safe.
 */
interface ValueDecoder {
  /**
   * Decodes {@code count} values from the bytes between {@code from} and {@code to} into the array
   * of {@code into} that belongs to the physical type. The bytes stay as they are for as long as
   * {@code into} is in use. The count is positive.
   */
  void decode(byte[] data, int from, int to, int count, PageValues into);
}
