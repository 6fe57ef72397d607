package dev.keymerge.internal.scan.convert;

import java.util.Optional;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * Groups Arrow types that hold values of one sort, whatever their width, unit or layout.
 *
 * <p>Values convert between types of one kind as far as they fit; between kinds only where {@link
 * ConversionRule} says so.
 */
enum TypeKind {
  /** Nothing but nulls. */
  NULL("null"),
  /** True or false. */
  BOOLEAN("boolean"),
  /** Integers of any width, signed or not. */
  INTEGER("integer"),
  /** Binary floating point of any width. */
  FLOAT("floating point"),
  /** Decimals of any precision and scale. */
  DECIMAL("decimal"),
  /** Calendar days. */
  DATE("date"),
  /** Times of day in any unit. */
  TIME("time"),
  /** Instants in any unit, whatever zone they are shown in. */
  INSTANT("timestamp with zone"),
  /** Readings of a calendar and a clock in any unit, in no zone. */
  CLOCK("timestamp without zone"),
  /** Text. */
  STRING("string"),
  /** Bytes of any length. */
  BYTES("binary"),
  /** Bytes of one length. */
  FIXED_BYTES("fixed binary");

  private final String label;

  TypeKind(String label) {
    this.label = label;
  }

  /** Returns the name that messages and documents use. */
  String label() {
    return label;
  }

  /**
   * Returns the kind of {@code type}, or empty for nested types and others that are never
   * converted.
   */
  static Optional<TypeKind> of(ArrowType type) {
    return Optional.ofNullable(
        switch (type.getTypeID()) {
          case Null -> NULL;
          case Bool -> BOOLEAN;
          case Int -> INTEGER;
          case FloatingPoint -> FLOAT;
          case Decimal -> ((ArrowType.Decimal) type).getBitWidth() >= 128 ? DECIMAL : null;
          case Date -> DATE;
          case Time -> TIME;
          case Timestamp -> hasZone((ArrowType.Timestamp) type) ? INSTANT : CLOCK;
          case Utf8, LargeUtf8, Utf8View -> STRING;
          case Binary, LargeBinary, BinaryView -> BYTES;
          case FixedSizeBinary -> FIXED_BYTES;
          default -> null;
        });
  }

  /** Returns whether {@code type} counts instants; some writers say "no zone" by an empty name. */
  static boolean hasZone(ArrowType.Timestamp type) {
    return type.getTimezone() != null && !type.getTimezone().isEmpty();
  }
}
