package dev.keymerge.internal.key;

import dev.keymerge.MergeException;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Reads whole columns of values from Arrow data buffers as canonical words: one loop per storage
 * width and conversion.
 *
 * <p>Slots of null values are read like others; what they yield means nothing. Stateless.
 */
final class WordKernels {
  private WordKernels() {}

  /** Fills {@code out} with the words of values 0 to {@code rows}. */
  static void read(CanonicalType type, ArrowBuf buffer, int rows, long[] out) {
    long bytes =
        type.kind() == CanonicalType.Kind.BIT ? (rows + 7L) >> 3 : (long) rows * type.width();
    // Checked once for all rows: a check per value costs as much as the value.
    buffer.checkBytes(0, bytes);
    long data = buffer.memoryAddress();
    switch (type.kind()) {
      case BIT -> bits(data, rows, out);
      case SIGNED -> signed(type.width(), data, rows, out);
      case UNSIGNED -> unsigned(type.width(), data, rows, out);
      case HALF -> halves(data, rows, out);
      case FLOAT -> floats(data, rows, out);
      case DOUBLE -> doubles(data, rows, out);
      case DECIMAL_WORD -> decimals(data, rows, out);
      case SHORT_BYTES -> shortBytes(type.width(), data, rows, out);
      case DECIMAL_BYTES, FIXED_BYTES, VARIABLE_BYTES ->
          throw new IllegalArgumentException(type + " has no words");
    }
  }

  private static void bits(long data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] = MemoryUtil.getByte(data + (row >> 3)) >> (row & 7) & 1;
    }
  }

  private static void signed(int width, long data, int rows, long[] out) {
    switch (width) {
      case Byte.BYTES -> {
        for (int row = 0; row < rows; row++) {
          out[row] = MemoryUtil.getByte(data + row);
        }
      }
      case Short.BYTES -> {
        for (int row = 0; row < rows; row++) {
          out[row] = MemoryUtil.getShort(data + (long) row * Short.BYTES);
        }
      }
      case Integer.BYTES -> {
        for (int row = 0; row < rows; row++) {
          out[row] = MemoryUtil.getInt(data + (long) row * Integer.BYTES);
        }
      }
      default -> {
        for (int row = 0; row < rows; row++) {
          out[row] = MemoryUtil.getLong(data + (long) row * Long.BYTES);
        }
      }
    }
  }

  private static void unsigned(int width, long data, int rows, long[] out) {
    signed(width, data, rows, out);
    if (width == Long.BYTES) {
      for (int row = 0; row < rows; row++) {
        out[row] = CanonicalWords.ofUnsignedLong(out[row]);
      }
      return;
    }
    long mask = (1L << width * Byte.SIZE) - 1;
    for (int row = 0; row < rows; row++) {
      out[row] &= mask;
    }
  }

  private static void halves(long data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] = CanonicalWords.ofHalf(MemoryUtil.getShort(data + (long) row * Short.BYTES));
    }
  }

  private static void floats(long data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] =
          CanonicalWords.ofFloat(
              Float.intBitsToFloat(MemoryUtil.getInt(data + (long) row * Float.BYTES)));
    }
  }

  private static void doubles(long data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] =
          CanonicalWords.ofDouble(
              Double.longBitsToDouble(MemoryUtil.getLong(data + (long) row * Double.BYTES)));
    }
  }

  private static void decimals(long data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] = MemoryUtil.getLong(data + (long) row * 2 * Long.BYTES);
    }
  }

  /** Makes sure that no decimal that is not null has more digits than its word holds. */
  static void checkDecimals(ArrowBuf data, int rows, long[] words, boolean[] nulls) {
    for (int row = 0; row < rows; row++) {
      long high = data.getLong(((long) row * 2 + 1) * Long.BYTES);
      if (high != words[row] >> 63 && !nulls[row]) {
        throw new MergeException.BadData(
            "A key or order column holds a decimal with more digits than its type allows",
            "Rewrite the file with a type that holds its values.");
      }
    }
  }

  private static void shortBytes(int width, long data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      long start = (long) row * width;
      long word = 0;
      for (int index = 0; index < width; index++) {
        word = word << Byte.SIZE | (MemoryUtil.getByte(data + start + index) & 0xFF);
      }
      out[row] = word;
    }
    if (width == Long.BYTES) {
      for (int row = 0; row < rows; row++) {
        out[row] = CanonicalWords.ofUnsignedLong(out[row]);
      }
    }
  }
}
