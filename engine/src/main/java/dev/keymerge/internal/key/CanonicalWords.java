package dev.keymerge.internal.key;

/**
 * Maps single values to canonical words, whose signed order is the order of the values and whose
 * equality is theirs: all NaN are one value above all others, and the two zeros are one.
 *
 * <p>Stateless.
 */
public final class CanonicalWords {
  private static final int HALF_EXPONENT = 0x7c00;
  private static final int HALF_MAGNITUDE = 0x7fff;
  private static final short HALF_NAN = 0x7e00;

  private CanonicalWords() {}

  /** Returns the word of a double. */
  public static long ofDouble(double value) {
    // Adding zero turns the negative zero into the positive one; doubleToLongBits makes all NaN
    // alike.
    long bits = Double.doubleToLongBits(value + 0.0);
    return bits ^ (bits >> 63 & Long.MAX_VALUE);
  }

  /** Returns the word of a float. */
  public static long ofFloat(float value) {
    int bits = Float.floatToIntBits(value + 0.0f);
    return bits ^ (bits >> 31 & Integer.MAX_VALUE);
  }

  /** Returns the word of a half float given by its bits. */
  public static long ofHalf(short bits) {
    int magnitude = bits & HALF_MAGNITUDE;
    if (magnitude > HALF_EXPONENT) {
      return HALF_NAN;
    }
    // All bits of a negative magnitude flipped, as in the wider types; a negative zero becomes
    // zero.
    return bits >= 0 || magnitude == 0 ? magnitude : ~magnitude;
  }

  /** Returns whether a half float given by its bits is NaN. */
  public static boolean isHalfNan(short bits) {
    return (bits & HALF_MAGNITUDE) > HALF_EXPONENT;
  }

  /** Returns the word of a 64-bit unsigned integer. */
  public static long ofUnsignedLong(long value) {
    return value ^ Long.MIN_VALUE;
  }

  /** Returns the word that all NaN of a floating-point kind share. */
  static long nan(CanonicalType.Kind kind) {
    return switch (kind) {
      case HALF -> HALF_NAN;
      case FLOAT -> ofFloat(Float.NaN);
      case DOUBLE -> ofDouble(Double.NaN);
      default -> throw new IllegalArgumentException(kind + " has no NaN");
    };
  }

  /** Returns the word of up to eight bytes, as a big-endian number. */
  public static long ofShortBytes(byte[] bytes) {
    long word = 0;
    for (byte value : bytes) {
      word = word << Byte.SIZE | (value & 0xFF);
    }
    // Only eight bytes can reach the sign bit; flipping it then keeps the unsigned order.
    return bytes.length == Long.BYTES ? ofUnsignedLong(word) : word;
  }
}
