package dev.keymerge.testdata.row;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * Defines equality and order of values of one logical type.
 *
 * <p>NaN equals NaN and is greater than every number, -0.0 equals 0.0, decimals compare by number
 * whatever their scale, strings and binary compare by unsigned bytes (UTF-8 for strings), false is
 * less than true, and null equals null and comes first. Both values must be of the same type.
 */
public final class ValueOrder implements Comparator<@Nullable Object> {

  /** The one order; it needs no state. */
  public static final ValueOrder NULLS_FIRST = new ValueOrder();

  private ValueOrder() {}

  @Override
  public int compare(@Nullable Object left, @Nullable Object right) {
    if (left == null || right == null) {
      return (left == null ? 0 : 1) - (right == null ? 0 : 1);
    }
    Object canonicalLeft = canonical(left);
    Object canonicalRight = canonical(right);
    if (canonicalLeft instanceof String leftText && canonicalRight instanceof String rightText) {
      return Arrays.compareUnsigned(
          leftText.getBytes(StandardCharsets.UTF_8), rightText.getBytes(StandardCharsets.UTF_8));
    }
    if (canonicalLeft.getClass() != canonicalRight.getClass()) {
      throw new IllegalArgumentException(
          "values of two types: " + left.getClass() + " and " + right.getClass());
    }
    return compareSameClass(canonicalLeft, canonicalRight);
  }

  @SuppressWarnings("unchecked")
  private static int compareSameClass(Object left, Object right) {
    return ((Comparable<Object>) left).compareTo(right);
  }

  /** Tells whether two values of one type are the same value. */
  public static boolean same(@Nullable Object left, @Nullable Object right) {
    if (left == null || right == null) {
      return left == right;
    }
    return canonical(left).equals(canonical(right));
  }

  /**
   * Gives the representative of all values that are equal to this one, so that {@code equals} and
   * {@code hashCode} of the result follow this class's equality.
   */
  public static Object canonical(Object value) {
    if (value instanceof Float number) {
      return number.isNaN() ? Float.NaN : number + 0.0f;
    }
    if (value instanceof Double number) {
      return number.isNaN() ? Double.NaN : number + 0.0d;
    }
    if (value instanceof BigDecimal number) {
      return number.stripTrailingZeros();
    }
    return value;
  }
}
