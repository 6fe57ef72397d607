package dev.keymerge.internal.scan.convert;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.Float16;
import org.apache.arrow.vector.types.FloatingPointPrecision;

/**
 * Reads and writes binary floating point of one width; all of them pass through {@code double},
 * which holds each exactly.
 */
enum FloatLayout {
  /** 16 bits. */
  HALF,
  /** 32 bits. */
  SINGLE,
  /** 64 bits. */
  DOUBLE;

  static FloatLayout of(FloatingPointPrecision precision) {
    return switch (precision) {
      case HALF -> HALF;
      case SINGLE -> SINGLE;
      case DOUBLE -> DOUBLE;
    };
  }

  /** Reads {@code count} values from {@code from} on. */
  void load(ArrowBuf data, int from, int count, double[] into) {
    switch (this) {
      case HALF -> {
        for (int i = 0; i < count; i++) {
          into[i] = Float16.toFloat(data.getShort(2L * (from + i)));
        }
      }
      case SINGLE -> {
        for (int i = 0; i < count; i++) {
          into[i] = data.getFloat(4L * (from + i));
        }
      }
      case DOUBLE -> {
        for (int i = 0; i < count; i++) {
          into[i] = data.getDouble(8L * (from + i));
        }
      }
    }
  }

  /** Writes {@code count} values from {@code to} on, rounding those that are not exact. */
  void store(double[] values, int count, ArrowBuf data, int to) {
    switch (this) {
      case HALF -> {
        for (int i = 0; i < count; i++) {
          data.setShort(2L * (to + i), Float16.toFloat16((float) values[i]));
        }
      }
      case SINGLE -> {
        for (int i = 0; i < count; i++) {
          data.setFloat(4L * (to + i), (float) values[i]);
        }
      }
      case DOUBLE -> {
        for (int i = 0; i < count; i++) {
          data.setDouble(8L * (to + i), values[i]);
        }
      }
    }
  }

  /** Returns what {@code value} becomes in this width, as a double. */
  double rounded(double value) {
    return switch (this) {
      case HALF -> Float16.toFloat(Float16.toFloat16((float) value));
      case SINGLE -> (float) value;
      case DOUBLE -> value;
    };
  }

  /** Returns the greatest n such that every whole number from -2^n to 2^n is exact. */
  int wholeBits() {
    return switch (this) {
      case HALF -> 11;
      case SINGLE -> 24;
      case DOUBLE -> 53;
    };
  }
}
