package dev.keymerge.testdata.arrow;

import dev.keymerge.testdata.arrow.ArrowLayout.TextForm;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TickUnit;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** Translates logical types to Arrow types. */
final class ArrowSchemas {

  private static final int DECIMAL_BITS = 128;

  private ArrowSchemas() {}

  static ArrowType arrowType(LogicalType type, TextForm form) {
    return switch (type.kind()) {
      case BOOLEAN -> ArrowType.Bool.INSTANCE;
      case INT8 -> new ArrowType.Int(8, true);
      case INT16 -> new ArrowType.Int(16, true);
      case INT32 -> new ArrowType.Int(32, true);
      case INT64 -> new ArrowType.Int(64, true);
      case UINT8 -> new ArrowType.Int(8, false);
      case UINT16 -> new ArrowType.Int(16, false);
      case UINT32 -> new ArrowType.Int(32, false);
      case UINT64 -> new ArrowType.Int(64, false);
      case FLOAT -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case DOUBLE -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case DECIMAL -> new ArrowType.Decimal(type.precision(), type.scale(), DECIMAL_BITS);
      case DATE -> new ArrowType.Date(DateUnit.DAY);
      case TIME ->
          new ArrowType.Time(
              timeUnit(type.unit()), type.unit() == TickUnit.MILLIS ? Integer.SIZE : Long.SIZE);
      case TIMESTAMP -> new ArrowType.Timestamp(timeUnit(type.unit()), null);
      case TIMESTAMP_ZONED -> new ArrowType.Timestamp(timeUnit(type.unit()), "UTC");
      case STRING ->
          switch (form) {
            case PLAIN -> ArrowType.Utf8.INSTANCE;
            case LARGE -> ArrowType.LargeUtf8.INSTANCE;
            case VIEW -> ArrowType.Utf8View.INSTANCE;
          };
      case BINARY ->
          switch (form) {
            case PLAIN -> ArrowType.Binary.INSTANCE;
            case LARGE -> ArrowType.LargeBinary.INSTANCE;
            case VIEW -> ArrowType.BinaryView.INSTANCE;
          };
      case FIXED_BINARY -> new ArrowType.FixedSizeBinary(type.byteWidth());
    };
  }

  private static TimeUnit timeUnit(TickUnit unit) {
    return switch (unit) {
      case MILLIS -> TimeUnit.MILLISECOND;
      case MICROS -> TimeUnit.MICROSECOND;
      case NANOS -> TimeUnit.NANOSECOND;
    };
  }
}
