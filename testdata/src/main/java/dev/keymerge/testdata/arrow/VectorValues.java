package dev.keymerge.testdata.arrow;

import dev.keymerge.testdata.row.Bytes;
import dev.keymerge.testdata.row.LogicalType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.Decimal256Vector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VariableWidthFieldVector;
import org.jspecify.annotations.Nullable;

/** Puts values into Arrow vectors and takes them out again. Owns none of the vectors. */
final class VectorValues {

  private static final long BYTE_MASK = 0xFFL;
  private static final long SHORT_MASK = 0xFFFFL;
  private static final long INT_MASK = 0xFFFF_FFFFL;

  private VectorValues() {}

  /** Sets one element, growing the vector if need be. */
  static void set(FieldVector vector, int index, @Nullable Object value, LogicalType type) {
    if (value == null) {
      vector.setNull(index);
      return;
    }
    switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).setSafe(index, (Boolean) value ? 1 : 0);
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 ->
          ((BaseIntVector) vector).setWithPossibleTruncate(index, (Long) value);
      case UINT64 ->
          ((BaseIntVector) vector).setWithPossibleTruncate(index, ((BigInteger) value).longValue());
      case FLOAT -> ((Float4Vector) vector).setSafe(index, (Float) value);
      case DOUBLE -> ((Float8Vector) vector).setSafe(index, (Double) value);
      case DECIMAL -> ((DecimalVector) vector).setSafe(index, (BigDecimal) value);
      case DATE -> ((DateDayVector) vector).setSafe(index, Math.toIntExact((Long) value));
      case TIME -> setTime(vector, index, (Long) value);
      case TIMESTAMP, TIMESTAMP_ZONED -> ((TimeStampVector) vector).setSafe(index, (Long) value);
      case STRING -> setBytes(vector, index, ((String) value).getBytes(StandardCharsets.UTF_8));
      case BINARY -> setBytes(vector, index, ((Bytes) value).toArray());
      case FIXED_BINARY ->
          ((FixedSizeBinaryVector) vector).setSafe(index, ((Bytes) value).toArray());
    }
  }

  private static void setTime(FieldVector vector, int index, long ticks) {
    if (vector instanceof TimeMilliVector millis) {
      millis.setSafe(index, Math.toIntExact(ticks));
    } else if (vector instanceof TimeMicroVector micros) {
      micros.setSafe(index, ticks);
    } else {
      ((TimeNanoVector) vector).setSafe(index, ticks);
    }
  }

  private static void setBytes(FieldVector vector, int index, byte[] content) {
    ((VariableWidthFieldVector) vector).setSafe(index, content);
  }

  /** Gives one element in the Java class of its type. */
  static @Nullable Object get(FieldVector vector, int index, LogicalType type) {
    if (vector.isNull(index)) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN -> ((BitVector) vector).get(index) == 1;
      case INT8, INT16, INT32, INT64 -> ((BaseIntVector) vector).getValueAsLong(index);
      case UINT8 -> ((BaseIntVector) vector).getValueAsLong(index) & BYTE_MASK;
      case UINT16 -> ((BaseIntVector) vector).getValueAsLong(index) & SHORT_MASK;
      case UINT32 -> ((BaseIntVector) vector).getValueAsLong(index) & INT_MASK;
      case UINT64 ->
          new BigInteger(Long.toUnsignedString(((BaseIntVector) vector).getValueAsLong(index)));
      case FLOAT -> ((Float4Vector) vector).get(index);
      case DOUBLE -> ((Float8Vector) vector).get(index);
      case DECIMAL ->
          vector instanceof DecimalVector decimals
              ? decimals.getObject(index)
              : ((Decimal256Vector) vector).getObject(index);
      case DATE -> (long) ((DateDayVector) vector).get(index);
      case TIME -> time(vector, index);
      case TIMESTAMP, TIMESTAMP_ZONED -> ((TimeStampVector) vector).get(index);
      case STRING -> new String(bytes(vector, index), StandardCharsets.UTF_8);
      case BINARY -> Bytes.of(bytes(vector, index));
      case FIXED_BINARY -> Bytes.of(((FixedSizeBinaryVector) vector).get(index));
    };
  }

  private static long time(FieldVector vector, int index) {
    if (vector instanceof TimeMilliVector millis) {
      return millis.get(index);
    }
    return vector instanceof TimeMicroVector micros
        ? micros.get(index)
        : ((TimeNanoVector) vector).get(index);
  }

  private static byte[] bytes(FieldVector vector, int index) {
    return ((VariableWidthFieldVector) vector).get(index);
  }
}
