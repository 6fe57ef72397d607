package dev.keymerge.internal.key;

import dev.keymerge.MergeException;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Says how values of one Arrow type become canonical: as a 64-bit word or as bytes, equal exactly
 * if the values are equal, and ordered (words signed, bytes unsigned) as the values are.
 *
 * @param kind the conversion
 * @param width bytes of a value that is stored at a fixed width; 0 for booleans and variable values
 */
public record CanonicalType(Kind kind, int width) {
  /** Decimals of up to this many digits fit a word. */
  private static final int WORD_DIGITS = 18;

  /** Names the conversions. */
  public enum Kind {
    /** Booleans as 0 or 1. */
    BIT,
    /** Signed integers, dates, times and timestamps as they are. */
    SIGNED,
    /** Unsigned integers; 64-bit ones with the sign bit flipped. */
    UNSIGNED,
    /** Half floats by their ordered bits. */
    HALF,
    /** Floats by their ordered bits. */
    FLOAT,
    /** Doubles by their ordered bits. */
    DOUBLE,
    /** Decimals of up to 18 digits by their unscaled value. */
    DECIMAL_WORD,
    /** Fixed bytes, at most 8, as a big-endian number. */
    SHORT_BYTES,
    /** Longer decimals as big-endian bytes with the sign bit flipped. */
    DECIMAL_BYTES,
    /** Longer fixed bytes as they are. */
    FIXED_BYTES,
    /** Strings and binary values as they are. */
    VARIABLE_BYTES;

    /** Returns whether values become words rather than bytes. */
    public boolean isWord() {
      return this != DECIMAL_BYTES && this != FIXED_BYTES && this != VARIABLE_BYTES;
    }

    /** Returns whether values may be NaN. */
    public boolean isFloating() {
      return this == HALF || this == FLOAT || this == DOUBLE;
    }
  }

  /**
   * Returns the canonical type for values of {@code field}.
   *
   * @throws MergeException.InvalidRequest if such values can be neither matched nor ordered
   */
  public static CanonicalType of(Field field) {
    CanonicalType type = of(field.getType());
    if (type == null) {
      throw new MergeException.InvalidRequest(
          "Column '"
              + field.getName()
              + "' of type "
              + field.getType()
              + " can be neither a key nor an order column",
          "Name columns that hold numbers, booleans, dates, times, strings or binary values.");
    }
    return type;
  }

  private static @Nullable CanonicalType of(ArrowType type) {
    if (type instanceof ArrowType.Int integer) {
      Kind kind = integer.getIsSigned() ? Kind.SIGNED : Kind.UNSIGNED;
      return new CanonicalType(kind, integer.getBitWidth() / Byte.SIZE);
    }
    if (type instanceof ArrowType.FloatingPoint floating) {
      return ofPrecision(floating.getPrecision());
    }
    if (type instanceof ArrowType.Decimal decimal) {
      int width = decimal.getBitWidth() / Byte.SIZE;
      return decimal.getPrecision() <= WORD_DIGITS && width == 2 * Long.BYTES
          ? new CanonicalType(Kind.DECIMAL_WORD, width)
          : new CanonicalType(Kind.DECIMAL_BYTES, width);
    }
    if (type instanceof ArrowType.FixedSizeBinary binary) {
      int width = binary.getByteWidth();
      return new CanonicalType(width <= Long.BYTES ? Kind.SHORT_BYTES : Kind.FIXED_BYTES, width);
    }
    return ofPlain(type);
  }

  private static @Nullable CanonicalType ofPlain(ArrowType type) {
    if (type instanceof ArrowType.Bool) {
      return new CanonicalType(Kind.BIT, 0);
    }
    if (type instanceof ArrowType.Date date) {
      return new CanonicalType(
          Kind.SIGNED,
          switch (date.getUnit()) {
            case DAY -> Integer.BYTES;
            case MILLISECOND -> Long.BYTES;
          });
    }
    if (type instanceof ArrowType.Time time) {
      return new CanonicalType(Kind.SIGNED, time.getBitWidth() / Byte.SIZE);
    }
    if (type instanceof ArrowType.Timestamp) {
      return new CanonicalType(Kind.SIGNED, Long.BYTES);
    }
    if (type instanceof ArrowType.Utf8 || type instanceof ArrowType.Binary) {
      return new CanonicalType(Kind.VARIABLE_BYTES, 0);
    }
    return null;
  }

  private static CanonicalType ofPrecision(FloatingPointPrecision precision) {
    return switch (precision) {
      case HALF -> new CanonicalType(Kind.HALF, Short.BYTES);
      case SINGLE -> new CanonicalType(Kind.FLOAT, Float.BYTES);
      case DOUBLE -> new CanonicalType(Kind.DOUBLE, Double.BYTES);
    };
  }

  /** Returns how many low bytes of the canonical word tell values apart; only for words. */
  int wordBytes() {
    return switch (kind) {
      case BIT -> 1;
      case DECIMAL_WORD -> Long.BYTES;
      default -> width;
    };
  }
}
