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

  /**
   * Returns whether vectors of both types hold the very same bytes, so that nothing need be
   * converted.
   */
  public boolean identical() {
    if (source instanceof ArrowType.Timestamp from && target instanceof ArrowType.Timestamp to) {
      // Both have a zone or neither has; which one says how to show the instant, not which it is.
      return from.getUnit() == to.getUnit();
    }
    return source.equals(target);
  }

  /** Returns whether some value of the source type does not fit. */
  public boolean canFail() {
    return !identical() && rule.canFail(source, target);
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
