package dev.keymerge.internal.scan.convert;

import java.util.Optional;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/**
 * Lists every conversion that can be made without loss: the whole table, one constant per line.
 *
 * <p>What has no line is refused before a row is read. The documentation shows the same table, and
 * a test compares the two.
 */
enum ConversionRule {
  /** No type becomes any type. */
  NULLS(TypeKind.NULL, null, "always: every row is null"),
  /** Booleans. */
  BOOLEANS(TypeKind.BOOLEAN, TypeKind.BOOLEAN, "always"),
  /** Integers of any width, signed or not. */
  INTEGERS(TypeKind.INTEGER, TypeKind.INTEGER, "the value lies in the target's range"),
  /** Integers to decimals. */
  INTEGER_TO_DECIMAL(
      TypeKind.INTEGER,
      TypeKind.DECIMAL,
      "the value has no more digits than the target before its decimal point"),
  /** Integers to floating point. */
  INTEGER_TO_FLOAT(TypeKind.INTEGER, TypeKind.FLOAT, "floating point of that width is exact"),
  /** Widths of floating point. */
  FLOATS(
      TypeKind.FLOAT,
      TypeKind.FLOAT,
      "always to a greater width; to a smaller one if exact, or NaN"),
  /** Decimals of any precision and scale. */
  DECIMALS(
      TypeKind.DECIMAL,
      TypeKind.DECIMAL,
      "only zeros are cut off behind the decimal point, and the rest has no more digits than the target"),
  /** Decimals to integers. */
  DECIMAL_TO_INTEGER(
      TypeKind.DECIMAL,
      TypeKind.INTEGER,
      "there are only zeros behind the decimal point, and the value lies in the target's range"),
  /** Days, counted in days or milliseconds. */
  DATES(TypeKind.DATE, TypeKind.DATE, "the value is a whole day"),
  /** Times of day in any unit. */
  TIMES(TypeKind.TIME, TypeKind.TIME, "the value is a whole number of the target's unit"),
  /** Timestamps in any unit and zone: the instant counts. */
  INSTANTS(
      TypeKind.INSTANT,
      TypeKind.INSTANT,
      "the instant is a whole number of the target's unit, in the target's range"),
  /** Timestamps without zone in any unit. */
  CLOCKS(
      TypeKind.CLOCK,
      TypeKind.CLOCK,
      "the value is a whole number of the target's unit, in the target's range"),
  /** Text of any layout. */
  STRINGS(TypeKind.STRING, TypeKind.STRING, "always"),
  /** Bytes of any layout. */
  BYTES(TypeKind.BYTES, TypeKind.BYTES, "always"),
  /** Bytes that must happen to have one length. */
  BYTES_TO_FIXED(TypeKind.BYTES, TypeKind.FIXED_BYTES, "the value has the target's length"),
  /** Bytes of one length. */
  FIXED_TO_BYTES(TypeKind.FIXED_BYTES, TypeKind.BYTES, "always"),
  /** Bytes of the same length. */
  FIXED_BYTES(TypeKind.FIXED_BYTES, TypeKind.FIXED_BYTES, "both have the same length");

  private final TypeKind source;
  private final @Nullable TypeKind target;
  private final String fits;

  ConversionRule(TypeKind source, @Nullable TypeKind target, String fits) {
    this.source = source;
    this.target = target;
    this.fits = fits;
  }

  /**
   * Returns the rule by which values of {@code source} become values of {@code target}, or empty if
   * there is none.
   */
  static Optional<ConversionRule> of(ArrowType source, ArrowType target) {
    TypeKind sourceKind = TypeKind.of(source).orElse(null);
    TypeKind targetKind = TypeKind.of(target).orElse(null);
    if (sourceKind == null || targetKind == null) {
      return Optional.empty();
    }
    for (ConversionRule rule : values()) {
      if (rule.source == sourceKind && (rule.target == null || rule.target == targetKind)) {
        return rule == FIXED_BYTES && !source.equals(target) ? Optional.empty() : Optional.of(rule);
      }
    }
    return Optional.empty();
  }

  /** Returns the name of what is converted. */
  String sourceLabel() {
    return source.label();
  }

  /** Returns the name of what it becomes. */
  String targetLabel() {
    return target == null ? "any" : target.label();
  }

  /** Returns when a value converts, as the end of a sentence that begins with "if". */
  String fits() {
    return fits;
  }

  /** Returns whether some value of {@code from} does not fit {@code to}, which this rule ties. */
  boolean canFail(ArrowType from, ArrowType to) {
    return switch (this) {
      case NULLS, BOOLEANS, STRINGS, BYTES, FIXED_TO_BYTES, FIXED_BYTES -> false;
      case BYTES_TO_FIXED -> true;
      case INTEGERS, DATES, TIMES, INSTANTS, CLOCKS -> path(from, to).canFail();
      case INTEGER_TO_DECIMAL, DECIMALS, DECIMAL_TO_INTEGER -> DecimalConverter.canFail(from, to);
      case INTEGER_TO_FLOAT ->
          IntegerToFloatConverter.canFail(IntegerLayout.of(from), floatLayout(to));
      case FLOATS -> floatLayout(to).compareTo(floatLayout(from)) < 0;
    };
  }

  /** Returns a new converter from {@code from} to {@code to}, which this rule ties. */
  ValueConverter converter(ArrowType from, ArrowType to) {
    return switch (this) {
      case NULLS -> new NullConverter();
      case BOOLEANS, FIXED_BYTES -> new CopyConverter();
      case INTEGERS, DATES, TIMES, INSTANTS, CLOCKS -> new WholeNumberConverter(path(from, to));
      case INTEGER_TO_DECIMAL, DECIMALS, DECIMAL_TO_INTEGER -> new DecimalConverter(from, to);
      case INTEGER_TO_FLOAT -> new IntegerToFloatConverter(IntegerLayout.of(from), floatLayout(to));
      case FLOATS -> new FloatConverter(floatLayout(from), floatLayout(to));
      case STRINGS, BYTES, BYTES_TO_FIXED, FIXED_TO_BYTES -> new BytesConverter();
    };
  }

  private WholeNumberConverter.Path path(ArrowType from, ArrowType to) {
    IntegerLayout sourceLayout = IntegerLayout.of(from);
    IntegerLayout targetLayout = IntegerLayout.of(to);
    return this == INTEGERS
        ? WholeNumberConverter.Path.plain(sourceLayout, targetLayout)
        : WholeNumberConverter.Path.scaled(
            sourceLayout, targetLayout, IntegerLayout.unitNanos(from), IntegerLayout.unitNanos(to));
  }

  private static FloatLayout floatLayout(ArrowType type) {
    return FloatLayout.of(((ArrowType.FloatingPoint) type).getPrecision());
  }
}
