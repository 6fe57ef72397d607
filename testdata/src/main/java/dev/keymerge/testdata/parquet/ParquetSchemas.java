package dev.keymerge.testdata.parquet;

import static org.apache.parquet.schema.LogicalTypeAnnotation.dateType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.decimalType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.intType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timeType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;

import dev.keymerge.testdata.parquet.ParquetLayout.DecimalForm;
import dev.keymerge.testdata.parquet.ParquetLayout.FloatOrder;
import dev.keymerge.testdata.parquet.ParquetLayout.TimestampForm;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.schema.ColumnOrder;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;

/** Translates table schemas to Parquet schemas, as a layout asks, and back. */
public final class ParquetSchemas {

  private static final int INT32_DIGITS = 9;
  private static final int INT64_DIGITS = 18;

  private ParquetSchemas() {}

  /** Gives the Parquet schema that a layout stores a table in. */
  public static MessageType toParquet(TableSchema schema, ParquetLayout layout) {
    List<Type> fields = new ArrayList<>();
    for (int position = 0; position < schema.size(); position++) {
      Column column = schema.column(position);
      Type field = field(column, layout);
      fields.add(layout.hasFieldIds() ? field.withId(position + 1) : field);
    }
    return new MessageType("row", fields);
  }

  private static Type field(Column column, ParquetLayout layout) {
    LogicalType type = column.type();
    return switch (type.kind()) {
      case BOOLEAN -> start(column, PrimitiveTypeName.BOOLEAN).named(column.name());
      case INT8 -> integer(column, 8, true);
      case INT16 -> integer(column, 16, true);
      case INT32 -> start(column, PrimitiveTypeName.INT32).named(column.name());
      case INT64 -> start(column, PrimitiveTypeName.INT64).named(column.name());
      case UINT8 -> integer(column, 8, false);
      case UINT16 -> integer(column, 16, false);
      case UINT32 -> integer(column, 32, false);
      case UINT64 -> integer(column, 64, false);
      case FLOAT -> floating(column, PrimitiveTypeName.FLOAT, layout);
      case DOUBLE -> floating(column, PrimitiveTypeName.DOUBLE, layout);
      case DECIMAL -> decimal(column, layout.decimalForm());
      case DATE -> start(column, PrimitiveTypeName.INT32).as(dateType()).named(column.name());
      case TIME ->
          start(
                  column,
                  type.unit() == TickUnit.MILLIS
                      ? PrimitiveTypeName.INT32
                      : PrimitiveTypeName.INT64)
              .as(timeType(false, parquetUnit(type.unit())))
              .named(column.name());
      case TIMESTAMP -> timestamp(column, false, layout);
      case TIMESTAMP_ZONED -> timestamp(column, true, layout);
      case STRING -> start(column, PrimitiveTypeName.BINARY).as(stringType()).named(column.name());
      case BINARY -> start(column, PrimitiveTypeName.BINARY).named(column.name());
      case FIXED_BINARY ->
          start(column, PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY)
              .length(type.byteWidth())
              .named(column.name());
    };
  }

  private static Types.PrimitiveBuilder<PrimitiveType> start(
      Column column, PrimitiveTypeName physical) {
    return Types.primitive(
        physical, column.isRequired() ? Type.Repetition.REQUIRED : Type.Repetition.OPTIONAL);
  }

  private static Type integer(Column column, int bits, boolean signed) {
    return start(column, bits == 64 ? PrimitiveTypeName.INT64 : PrimitiveTypeName.INT32)
        .as(intType(bits, signed))
        .named(column.name());
  }

  private static Type floating(Column column, PrimitiveTypeName physical, ParquetLayout layout) {
    ColumnOrder order =
        layout.floatOrder() == FloatOrder.TYPE_DEFINED
            ? ColumnOrder.typeDefined()
            : ColumnOrder.ieee754TotalOrder();
    return start(column, physical).columnOrder(order).named(column.name());
  }

  private static Type timestamp(Column column, boolean zoned, ParquetLayout layout) {
    if (layout.timestampForm() == TimestampForm.INT96) {
      return start(column, PrimitiveTypeName.INT96).named(column.name());
    }
    return start(column, PrimitiveTypeName.INT64)
        .as(timestampType(zoned, parquetUnit(column.type().unit())))
        .named(column.name());
  }

  private static Type decimal(Column column, DecimalForm form) {
    int precision = column.type().precision();
    LogicalTypeAnnotation annotation = decimalType(column.type().scale(), precision);
    PrimitiveTypeName physical =
        switch (form) {
          case SMALLEST ->
              precision <= INT32_DIGITS ? PrimitiveTypeName.INT32 : upToInt64(precision);
          case INT64 -> upToInt64(precision);
          case FIXED -> PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
          case BINARY -> PrimitiveTypeName.BINARY;
        };
    Types.PrimitiveBuilder<PrimitiveType> builder = start(column, physical).as(annotation);
    return physical == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY
        ? builder.length(fixedBytes(precision)).named(column.name())
        : builder.named(column.name());
  }

  private static PrimitiveTypeName upToInt64(int precision) {
    return precision <= INT64_DIGITS
        ? PrimitiveTypeName.INT64
        : PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
  }

  private static int fixedBytes(int precision) {
    int bits = BigInteger.TEN.pow(precision).subtract(BigInteger.ONE).bitLength() + 1;
    return (bits + Byte.SIZE - 1) / Byte.SIZE;
  }

  private static TimeUnit parquetUnit(TickUnit unit) {
    return switch (unit) {
      case MILLIS -> TimeUnit.MILLIS;
      case MICROS -> TimeUnit.MICROS;
      case NANOS -> TimeUnit.NANOS;
    };
  }

  /**
   * Gives the table schema of flat columns that a Parquet schema stands for. INT96 reads as a
   * timestamp in nanoseconds without zone, UUID and float16 as fixed binary.
   */
  public static TableSchema fromParquet(MessageType parquet) {
    List<Column> columns = new ArrayList<>();
    for (Type field : parquet.getFields()) {
      if (!field.isPrimitive() || field.isRepetition(Type.Repetition.REPEATED)) {
        throw new UnsupportedOperationException("not a flat column: " + field);
      }
      Column.Presence presence =
          field.isRepetition(Type.Repetition.REQUIRED)
              ? Column.Presence.REQUIRED
              : Column.Presence.NULLABLE;
      columns.add(new Column(field.getName(), logicalType(field.asPrimitiveType()), presence));
    }
    return TableSchema.of(columns);
  }

  private static LogicalType logicalType(PrimitiveType field) {
    LogicalTypeAnnotation annotation = field.getLogicalTypeAnnotation();
    if (annotation instanceof DecimalLogicalTypeAnnotation decimal) {
      return LogicalType.decimal(decimal.getPrecision(), decimal.getScale());
    }
    return switch (field.getPrimitiveTypeName()) {
      case BOOLEAN -> LogicalType.BOOLEAN;
      case FLOAT -> LogicalType.FLOAT;
      case DOUBLE -> LogicalType.DOUBLE;
      case INT96 -> LogicalType.timestamp(TickUnit.NANOS);
      case INT32, INT64 -> integerBased(field, annotation);
      case FIXED_LEN_BYTE_ARRAY -> LogicalType.fixedBinary(field.getTypeLength());
      case BINARY -> annotation == null ? LogicalType.BINARY : LogicalType.STRING;
    };
  }

  private static LogicalType integerBased(PrimitiveType field, LogicalTypeAnnotation annotation) {
    if (annotation instanceof IntLogicalTypeAnnotation integer) {
      return integerType(integer);
    }
    if (annotation instanceof TimeLogicalTypeAnnotation time) {
      return LogicalType.time(tickUnit(time.getUnit()));
    }
    if (annotation instanceof TimestampLogicalTypeAnnotation timestamp) {
      TickUnit unit = tickUnit(timestamp.getUnit());
      return timestamp.isAdjustedToUTC()
          ? LogicalType.timestampZoned(unit)
          : LogicalType.timestamp(unit);
    }
    if (dateType().equals(annotation)) {
      return LogicalType.DATE;
    }
    return field.getPrimitiveTypeName() == PrimitiveTypeName.INT32
        ? LogicalType.INT32
        : LogicalType.INT64;
  }

  private static LogicalType integerType(IntLogicalTypeAnnotation annotation) {
    return switch (annotation.getBitWidth()) {
      case 8 -> annotation.isSigned() ? LogicalType.INT8 : LogicalType.UINT8;
      case 16 -> annotation.isSigned() ? LogicalType.INT16 : LogicalType.UINT16;
      case 32 -> annotation.isSigned() ? LogicalType.INT32 : LogicalType.UINT32;
      default -> annotation.isSigned() ? LogicalType.INT64 : LogicalType.UINT64;
    };
  }

  private static TickUnit tickUnit(TimeUnit unit) {
    return switch (unit) {
      case MILLIS -> TickUnit.MILLIS;
      case MICROS -> TickUnit.MICROS;
      case NANOS -> TickUnit.NANOS;
    };
  }
}
