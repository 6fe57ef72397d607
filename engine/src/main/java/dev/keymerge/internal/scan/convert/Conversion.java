package dev.keymerge.internal.scan.convert;

import java.util.Optional;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** Says how values of one Arrow type become values of another without loss. Immutable. */
public final class Conversion {
  private final ArrowType source;
  private final ArrowType target;
  private final ConversionRule rule;

  private Conversion(ArrowType source, ArrowType target, ConversionRule rule) {
    this.source = source;
    this.target = target;
    this.rule = rule;
  }

  /**
   * Returns the conversion from {@code source} to {@code target}, or empty if there is none without
   * loss.
   */
  public static Optional<Conversion> between(ArrowType source, ArrowType target) {
    return ConversionRule.of(source, target).map(rule -> new Conversion(source, target, rule));
  }

  /** Returns whether values of {@code type} can be converted at all: it is flat and known. */
  public static boolean knows(ArrowType type) {
    return TypeKind.of(type).isPresent();
  }

  /** Returns whether there is nothing to convert. */
  public boolean identical() {
    return source.equals(target);
  }

  /** Returns whether some value of the source type does not fit. */
  public boolean canFail() {
    return rule.canFail(source, target);
  }

  /** Returns when a value fits, as the end of a sentence that begins with "if". */
  public String condition() {
    return rule.fits();
  }

  /** Returns a new converter for one thread. */
  public ValueConverter converter() {
    return rule.converter(source, target);
  }

  /** Returns the sentence that tells why the value in {@code row} of {@code vector} was refused. */
  public String refusal(FieldVector vector, int row) {
    return "the value "
        + ValueText.of(vector, row)
        + " of type "
        + TypeText.of(source)
        + " does not fit "
        + TypeText.of(target)
        + ": it would only if "
        + rule.fits();
  }
}
