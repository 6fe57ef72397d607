package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.internal.scan.convert.TypeText;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.BitSet;
import org.apache.arrow.memory.util.Float16;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float2Vector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Tells which rows carry the delete marker.
 *
 * <p>Booleans read {@code true} and {@code false} in any letter case; numbers and dates compare by
 * value, so that {@code 1} and {@code 1.0} are the same; text and binary compare byte by byte. A
 * column of another type is refused: a marker that no value can equal would turn deletions into
 * updates. A null is never the marker. Not thread-safe.
 */
final class MarkerMatcher {
  private final Field field;
  private final String text;
  private final Marker marker;
  private final BitSet marked = new BitSet();

  /**
   * Creates a matcher.
   *
   * @throws MergeException.InvalidRequest if {@code text} can be no value of the column
   */
  MarkerMatcher(Field field, String text) {
    this.field = field;
    this.text = text;
    this.marker = marker();
  }

  /** Compares the value at a row, which is not null, with the marker's. */
  @FunctionalInterface
  private interface Marker {
    boolean stands(FieldVector vector, int row);
  }

  /**
   * Returns the marked rows among the first {@code rows} of {@code vector}; valid until the next
   * call.
   */
  BitSet marked(FieldVector vector, int rows) {
    marked.clear();
    for (int row = 0; row < rows; row++) {
      if (!vector.isNull(row) && marker.stands(vector, row)) {
        marked.set(row);
      }
    }
    return marked;
  }

  private Marker marker() {
    ArrowType type = field.getType();
    return switch (type.getTypeID()) {
      case Bool -> truth();
      case Int -> integer((ArrowType.Int) type);
      case Decimal -> decimal();
      case FloatingPoint -> floating((ArrowType.FloatingPoint) type);
      case Date -> date();
      case Utf8, Binary -> bytes();
      default ->
          throw impossible(
              "Mark rows by a column of text, numbers, booleans or dates, like op=D or deleted=true.");
    };
  }

  private Marker truth() {
    if (!text.equalsIgnoreCase("true") && !text.equalsIgnoreCase("false")) {
      throw impossible("Write true or false.");
    }
    int wanted = text.equalsIgnoreCase("true") ? 1 : 0;
    return (vector, row) -> ((BitVector) vector).get(row) == wanted;
  }

  private Marker integer(ArrowType.Int type) {
    int bits = type.getIsSigned() ? type.getBitWidth() - 1 : type.getBitWidth();
    BigInteger number;
    try {
      number = number().toBigIntegerExact();
    } catch (ArithmeticException fraction) {
      throw impossible("Write a whole number.");
    }
    // BigInteger counts no sign bit, so that both ends of the range are told at once.
    if (number.bitLength() > bits || (!type.getIsSigned() && number.signum() < 0)) {
      throw impossible("Write a number that lies in the column's range.");
    }
    long wanted = number.longValue();
    return (vector, row) -> ((BaseIntVector) vector).getValueAsLong(row) == wanted;
  }

  private Marker decimal() {
    BigDecimal wanted = number();
    return (vector, row) -> wanted.compareTo((BigDecimal) vector.getObject(row)) == 0;
  }

  private Marker floating(ArrowType.FloatingPoint type) {
    try {
      return switch (type.getPrecision()) {
        case HALF -> {
          float wanted = Float16.toFloat(Float16.toFloat16(Float.parseFloat(text)));
          yield (vector, row) -> same(((Float2Vector) vector).getValueAsFloat(row), wanted);
        }
        case SINGLE -> {
          float wanted = Float.parseFloat(text);
          yield (vector, row) -> same(((Float4Vector) vector).get(row), wanted);
        }
        case DOUBLE -> {
          double wanted = Double.parseDouble(text);
          yield (vector, row) -> same(((Float8Vector) vector).get(row), wanted);
        }
      };
    } catch (NumberFormatException e) {
      throw impossible("Write a number.");
    }
  }

  /** Compares as keys do: NaN is NaN, and the sign of zero does not matter. */
  private static boolean same(double value, double wanted) {
    return value == wanted || (Double.isNaN(value) && Double.isNaN(wanted));
  }

  private Marker date() {
    try {
      long wanted = LocalDate.parse(text).toEpochDay();
      return (vector, row) -> ((DateDayVector) vector).get(row) == wanted;
    } catch (DateTimeException e) {
      throw impossible("Write a date like 2024-12-31.");
    }
  }

  private Marker bytes() {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    return (vector, row) ->
        Arrays.equals(
            wanted,
            vector instanceof VarCharVector characters
                ? characters.get(row)
                : ((VarBinaryVector) vector).get(row));
  }

  private BigDecimal number() {
    try {
      return new BigDecimal(text);
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
            + TypeText.of(field.getType())
            + ".",
        remedy);
  }
}
