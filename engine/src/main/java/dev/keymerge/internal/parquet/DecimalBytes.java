package dev.keymerge.internal.parquet;

import org.apache.arrow.memory.ArrowBuf;

/**
 * Brings decimals from Arrow's order of bytes, lowest first, to that of Parquet, highest first.
 * Pure functions.
 */
final class DecimalBytes {
  private DecimalBytes() {}

  /**
   * Fills {@code target} with the number of {@code width} bytes at {@code index}, sign-extended or
   * cut at the high end.
   */
  static void bigEndian(ArrowBuf data, long index, int width, byte[] target) {
    byte sign = (byte) (data.getByte(index + width - 1) >> (Byte.SIZE - 1));
    int last = target.length - 1;
    for (int position = 0; position < target.length; position++) {
      target[last - position] = position < width ? data.getByte(index + position) : sign;
    }
  }

  /** Returns how many leading bytes of a big-endian number say nothing but its sign once more. */
  static int redundantBytes(byte[] number) {
    int start = 0;
    while (start < number.length - 1
        && number[start] == (byte) (number[start + 1] >> (Byte.SIZE - 1))) {
      start++;
    }
    return start;
  }
}
