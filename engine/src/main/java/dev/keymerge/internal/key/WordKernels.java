package dev.keymerge.internal.key;

import dev.keymerge.MergeException;
import org.apache.arrow.memory.ArrowBuf;

/**
 * Reads whole columns of values from Arrow data buffers as canonical words: one loop per storage
 * width and conversion.
 *
 * <p>Slots of null values are read like others; what they yield means nothing. Stateless.
 */
final class WordKernels {
  private WordKernels() {}

  /** Fills {@code out} with the words of values 0 to {@code rows}. */
  static void read(CanonicalType type, ArrowBuf data, int rows, long[] out) {
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

  private static void bits(ArrowBuf data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] = data.getByte(row >> 3) >> (row & 7) & 1;
    }
  }

  private static void signed(int width, ArrowBuf data, int rows, long[] out) {
    switch (width) {
      case Byte.BYTES -> {
        for (int row = 0; row < rows; row++) {
          out[row] = data.getByte(row);
        }
      }
      case Short.BYTES -> {
        for (int row = 0; row < rows; row++) {
          out[row] = data.getShort((long) row * Short.BYTES);
        }
      }
      case Integer.BYTES -> {
        for (int row = 0; row < rows; row++) {
          out[row] = data.getInt((long) row * Integer.BYTES);
        }
      }
      default -> {
        for (int row = 0; row < rows; row++) {
          out[row] = data.getLong((long) row * Long.BYTES);
        }
      }
    }
  }

  private static void unsigned(int width, ArrowBuf data, int rows, long[] out) {
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

  private static void halves(ArrowBuf data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] = CanonicalWords.ofHalf(data.getShort((long) row * Short.BYTES));
    }
  }

  private static void floats(ArrowBuf data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] = CanonicalWords.ofFloat(data.getFloat((long) row * Float.BYTES));
    }
  }

  private static void doubles(ArrowBuf data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] = CanonicalWords.ofDouble(data.getDouble((long) row * Double.BYTES));
    }
  }

  private static void decimals(ArrowBuf data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      out[row] = data.getLong((long) row * 2 * Long.BYTES);
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

  private static void shortBytes(int width, ArrowBuf data, int rows, long[] out) {
    for (int row = 0; row < rows; row++) {
      long start = (long) row * width;
      long word = 0;
      for (int index = 0; index < width; index++) {
        word = word << Byte.SIZE | (data.getByte(start + index) & 0xFF);
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
