package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import java.math.BigDecimal;
import java.util.BitSet;
import java.util.Locale;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Tells which rows carry the delete marker: those whose value, written as text, is the marker's.
 *
 * <p>Booleans read {@code true} and {@code false} in any letter case; numbers compare by value, so
 * that {@code 1} and {@code 1.0} are the same; everything else compares letter by letter. A null is
 * never the marker. Not thread-safe.
 */
final class MarkerMatcher {
  private final Field field;
  private final String text;
  private final BitSet marked = new BitSet();

  /**
   * Creates a matcher.
   *
   * @throws MergeException.InvalidRequest if {@code text} can be no value of the column
   */
  MarkerMatcher(Field field, String text) {
    this.field = field;
    this.text = text;
    ArrowType type = field.getType();
    if (type instanceof ArrowType.Bool
        && !text.equalsIgnoreCase("true")
        && !text.equalsIgnoreCase("false")) {
      throw impossible("Write true or false.");
    }
    if (numeric(type)) {
      number(text);
    }
  }

  /**
   * Returns the marked rows among the first {@code rows} of {@code vector}; valid until the next
   * call.
   */
  BitSet marked(FieldVector vector, int rows) {
    marked.clear();
    for (int row = 0; row < rows; row++) {
      if (!vector.isNull(row) && isMarker(vector, row)) {
        marked.set(row);
      }
    }
    return marked;
  }

  private boolean isMarker(FieldVector vector, int row) {
    if (vector instanceof BitVector bits) {
      return (bits.get(row) == 1) == text.toLowerCase(Locale.ROOT).equals("true");
    }
    Object value = vector.getObject(row);
    if (numeric(field.getType())) {
      return new BigDecimal(value.toString()).compareTo(number(text)) == 0;
    }
    return value.toString().equals(text);
  }

  private BigDecimal number(String digits) {
    try {
      return new BigDecimal(digits);
    } catch (NumberFormatException e) {
      throw impossible("Write a number.");
    }
  }

  private MergeException.InvalidRequest impossible(String remedy) {
    return new MergeException.InvalidRequest(
        "The delete marker '"
            + text
            + "' can be no value of column '"
            + field.getName()
            + "', which is "
            + field.getType()
            + ".",
        remedy);
  }

  private static boolean numeric(ArrowType type) {
    return type instanceof ArrowType.Int || type instanceof ArrowType.Decimal;
  }
}
