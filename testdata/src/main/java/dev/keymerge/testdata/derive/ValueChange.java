package dev.keymerge.testdata.derive;

import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.row.Bytes;
import dev.keymerge.testdata.row.LogicalType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Makes a value of the same type that differs from a given one, near to it where that can be. */
final class ValueChange {

  private static final int LONGEST_TEXT = 64;
  private static final long SECONDS_PER_DAY = 86_400L;

  private ValueChange() {}

  /** Gives another value; a null becomes a value drawn by the seed. */
  static Object changed(@Nullable Object value, LogicalType type, long seed) {
    if (value == null) {
      return new RandomValues(new SplittableRandom(seed)).value(type);
    }
    return switch (type.kind()) {
      case BOOLEAN -> !((Boolean) value);
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 ->
          next(BigInteger.valueOf((Long) value), type).longValueExact();
      case UINT64 -> next((BigInteger) value, type);
      case FLOAT -> changedFloat((Float) value);
      case DOUBLE -> changedDouble((Double) value);
      case DECIMAL -> changedDecimal((BigDecimal) value, type);
      case DATE, TIMESTAMP, TIMESTAMP_ZONED -> (Long) value + 1;
      case TIME -> ((Long) value + 1) % (SECONDS_PER_DAY * type.unit().ticksPerSecond());
      case STRING -> changedText((String) value);
      case BINARY, FIXED_BINARY -> changedBytes((Bytes) value);
    };
  }

  private static BigInteger next(BigInteger number, LogicalType type) {
    return number.equals(type.greatestInteger())
        ? type.smallestInteger()
        : number.add(BigInteger.ONE);
  }

  private static float changedFloat(float value) {
    return Float.isFinite(value) && Math.abs(value) < 1e6f ? value + 1f : 0f;
  }

  private static double changedDouble(double value) {
    return Double.isFinite(value) && Math.abs(value) < 1e15 ? value + 1d : 0d;
  }

  private static BigDecimal changedDecimal(BigDecimal value, LogicalType type) {
    BigInteger bound = BigInteger.TEN.pow(type.precision());
    BigInteger next = value.unscaledValue().add(BigInteger.ONE);
    return new BigDecimal(next.equals(bound) ? BigInteger.ZERO : next, type.scale());
  }

  private static String changedText(String value) {
    return value.length() < LONGEST_TEXT ? value + "+" : "";
  }

  private static Bytes changedBytes(Bytes value) {
    if (value.length() == 0) {
      return Bytes.of((byte) 1);
    }
    byte[] content = value.toArray();
    content[content.length - 1]++;
    return Bytes.of(content);
  }
}
