package dev.keymerge.internal.parquet;

import dev.keymerge.MergeException;
import java.util.List;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.parquet.schema.ColumnOrder;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.BsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.EnumLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntervalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.JsonLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.UUIDLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * Maps flat Parquet columns to Arrow fields and Arrow fields to the Parquet columns of new files.
 *
 * <p>Every Parquet type has one Arrow type. Several Arrow types may become one Parquet type; the
 * Arrow type that this one is read back as is called canonical. Pure functions.
 */
public final class ArrowTypes {
  private static final String UTC = "UTC";
  private static final int LONGEST_INT32_DECIMAL = 9;
  private static final int LONGEST_INT64_DECIMAL = 18;
  private static final int LONGEST_DECIMAL_128 = 38;
  private static final int LONGEST_DECIMAL_256 = 76;
  private static final int HALF_BYTES = 2;

  private ArrowTypes() {}

  /**
   * Returns the field that values of {@code type} are read as, or null if its annotation is not
   * known or it is repeated.
   */
  public static @Nullable Field field(PrimitiveType type) {
    if (type.isRepetition(Repetition.REPEATED)) {
      return null;
    }
    ArrowType arrow = arrowType(type);
    if (arrow == null) {
      return null;
    }
    boolean nullable = !type.isRepetition(Repetition.REQUIRED);
    return new Field(type.getName(), new FieldType(nullable, arrow, null), null);
  }

  /**
   * Returns the Arrow type that values of {@code type} are read as, or null if its annotation is
   * not known.
   */
  public static @Nullable ArrowType arrowType(PrimitiveType type) {
    LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
    if (annotation instanceof DecimalLogicalTypeAnnotation decimal) {
      return decimal(decimal);
    }
    PrimitiveTypeName physical = type.getPrimitiveTypeName();
    return switch (physical) {
      case BOOLEAN -> annotation == null ? ArrowType.Bool.INSTANCE : null;
      case INT32, INT64 -> integral(physical, annotation);
      case INT96 ->
          annotation == null
              ? new ArrowType.Timestamp(org.apache.arrow.vector.types.TimeUnit.NANOSECOND, null)
              : null;
      case FLOAT -> annotation == null ? floating(FloatingPointPrecision.SINGLE) : null;
      case DOUBLE -> annotation == null ? floating(FloatingPointPrecision.DOUBLE) : null;
      case BINARY -> binary(annotation);
      case FIXED_LEN_BYTE_ARRAY -> fixed(type.getTypeLength(), annotation);
    };
  }

  private static @Nullable ArrowType integral(
      PrimitiveTypeName physical, @Nullable LogicalTypeAnnotation annotation) {
    if (annotation == null) {
      return new ArrowType.Int(physical == PrimitiveTypeName.INT32 ? 32 : 64, true);
    }
    if (annotation instanceof IntLogicalTypeAnnotation integer) {
      return new ArrowType.Int(integer.getBitWidth(), integer.isSigned());
    }
    if (annotation instanceof DateLogicalTypeAnnotation) {
      return new ArrowType.Date(DateUnit.DAY);
    }
    if (annotation instanceof TimeLogicalTypeAnnotation time) {
      return new ArrowType.Time(
          unit(time.getUnit()), physical == PrimitiveTypeName.INT32 ? 32 : 64);
    }
    if (annotation instanceof TimestampLogicalTypeAnnotation timestamp) {
      return new ArrowType.Timestamp(
          unit(timestamp.getUnit()), timestamp.isAdjustedToUTC() ? UTC : null);
    }
    return null;
  }

  private static @Nullable ArrowType binary(@Nullable LogicalTypeAnnotation annotation) {
    if (annotation == null || annotation instanceof BsonLogicalTypeAnnotation) {
      return ArrowType.Binary.INSTANCE;
    }
    boolean text =
        annotation instanceof StringLogicalTypeAnnotation
            || annotation instanceof EnumLogicalTypeAnnotation
            || annotation instanceof JsonLogicalTypeAnnotation;
    return text ? ArrowType.Utf8.INSTANCE : null;
  }

  private static @Nullable ArrowType fixed(int length, @Nullable LogicalTypeAnnotation annotation) {
    if (annotation instanceof Float16LogicalTypeAnnotation) {
      return length == HALF_BYTES ? floating(FloatingPointPrecision.HALF) : null;
    }
    boolean bytes =
        annotation == null
            || annotation instanceof UUIDLogicalTypeAnnotation
            || annotation instanceof IntervalLogicalTypeAnnotation;
    return bytes && length > 0 ? new ArrowType.FixedSizeBinary(length) : null;
  }

  private static @Nullable ArrowType decimal(DecimalLogicalTypeAnnotation decimal) {
    int precision = decimal.getPrecision();
    int scale = decimal.getScale();
    if (precision > LONGEST_DECIMAL_256 || scale < 0 || scale > precision) {
      return null;
    }
    return new ArrowType.Decimal(precision, scale, precision <= LONGEST_DECIMAL_128 ? 128 : 256);
  }

  private static ArrowType floating(FloatingPointPrecision precision) {
    return new ArrowType.FloatingPoint(precision);
  }

  /**
   * Returns the field that a column made from {@code source} is read back as.
   *
   * <p>A dictionary-encoded field is taken in its message form, whose type is that of the values.
   *
   * @throws MergeException.InvalidRequest if no Parquet column can be made from it
   */
  public static Field canonical(Field source) {
    Field field = field(parquetType(source));
    if (field == null) {
      throw new IllegalStateException("A new column of type " + source + " cannot be read back");
    }
    return field;
  }

  /**
   * Returns the Parquet column that a new file gets for {@code source}, under the same name.
   *
   * @throws MergeException.InvalidRequest if there is none: nested types, durations, intervals and
   *     the like
   */
  public static PrimitiveType parquetType(Field source) {
    Repetition repetition = source.isNullable() ? Repetition.OPTIONAL : Repetition.REQUIRED;
    ArrowType type = source.getType();
    if (type instanceof ArrowType.ExtensionType extension) {
      type = extension.storageType();
    }
    PhysicalType physical = physicalType(type, source);
    Types.PrimitiveBuilder<PrimitiveType> builder =
        Types.primitive(physical.name, repetition).length(physical.length);
    // The order that every reader knows; the newer order of floating point numbers is not among
    // them.
    return builder
        .as(physical.annotation)
        .columnOrder(ColumnOrder.typeDefined())
        .named(source.getName());
  }

  private static PhysicalType physicalType(ArrowType type, Field source) {
    return switch (type.getTypeID()) {
      case Bool -> new PhysicalType(PrimitiveTypeName.BOOLEAN, null);
      case Int -> integer((ArrowType.Int) type);
      case FloatingPoint -> floating((ArrowType.FloatingPoint) type);
      case Utf8, LargeUtf8, Utf8View ->
          new PhysicalType(PrimitiveTypeName.BINARY, LogicalTypeAnnotation.stringType());
      case Binary, LargeBinary, BinaryView -> new PhysicalType(PrimitiveTypeName.BINARY, null);
      case FixedSizeBinary -> fixed((ArrowType.FixedSizeBinary) type, source);
      case Date -> new PhysicalType(PrimitiveTypeName.INT32, LogicalTypeAnnotation.dateType());
      case Time -> time((ArrowType.Time) type);
      case Timestamp -> timestamp((ArrowType.Timestamp) type);
      case Decimal -> decimal((ArrowType.Decimal) type, source);
      default -> throw refusal(source);
    };
  }

  private static PhysicalType integer(ArrowType.Int type) {
    PrimitiveTypeName name =
        type.getBitWidth() == 64 ? PrimitiveTypeName.INT64 : PrimitiveTypeName.INT32;
    boolean plain = type.getIsSigned() && type.getBitWidth() >= 32;
    return new PhysicalType(
        name, plain ? null : LogicalTypeAnnotation.intType(type.getBitWidth(), type.getIsSigned()));
  }

  private static PhysicalType fixed(ArrowType.FixedSizeBinary type, Field source) {
    if (type.getByteWidth() < 1) {
      throw refusal(source);
    }
    return new PhysicalType(PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, null, type.getByteWidth());
  }

  private static PhysicalType floating(ArrowType.FloatingPoint type) {
    return switch (type.getPrecision()) {
      case HALF ->
          new PhysicalType(
              PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY,
              LogicalTypeAnnotation.float16Type(),
              HALF_BYTES);
      case SINGLE -> new PhysicalType(PrimitiveTypeName.FLOAT, null);
      case DOUBLE -> new PhysicalType(PrimitiveTypeName.DOUBLE, null);
    };
  }

  private static PhysicalType time(ArrowType.Time type) {
    return switch (type.getUnit()) {
      case SECOND, MILLISECOND ->
          new PhysicalType(
              PrimitiveTypeName.INT32,
              LogicalTypeAnnotation.timeType(false, LogicalTypeAnnotation.TimeUnit.MILLIS));
      case MICROSECOND ->
          new PhysicalType(
              PrimitiveTypeName.INT64,
              LogicalTypeAnnotation.timeType(false, LogicalTypeAnnotation.TimeUnit.MICROS));
      case NANOSECOND ->
          new PhysicalType(
              PrimitiveTypeName.INT64,
              LogicalTypeAnnotation.timeType(false, LogicalTypeAnnotation.TimeUnit.NANOS));
    };
  }

  private static PhysicalType timestamp(ArrowType.Timestamp type) {
    LogicalTypeAnnotation.TimeUnit unit =
        switch (type.getUnit()) {
          case SECOND, MILLISECOND -> LogicalTypeAnnotation.TimeUnit.MILLIS;
          case MICROSECOND -> LogicalTypeAnnotation.TimeUnit.MICROS;
          case NANOSECOND -> LogicalTypeAnnotation.TimeUnit.NANOS;
        };
    boolean instant = type.getTimezone() != null && !type.getTimezone().isEmpty();
    return new PhysicalType(
        PrimitiveTypeName.INT64, LogicalTypeAnnotation.timestampType(instant, unit));
  }

  private static PhysicalType decimal(ArrowType.Decimal type, Field source) {
    int precision = type.getPrecision();
    int scale = type.getScale();
    if (precision < 1 || precision > LONGEST_DECIMAL_256 || scale < 0 || scale > precision) {
      throw refusal(source);
    }
    LogicalTypeAnnotation annotation = LogicalTypeAnnotation.decimalType(scale, precision);
    if (precision <= LONGEST_INT32_DECIMAL) {
      return new PhysicalType(PrimitiveTypeName.INT32, annotation);
    }
    if (precision <= LONGEST_INT64_DECIMAL) {
      return new PhysicalType(PrimitiveTypeName.INT64, annotation);
    }
    return new PhysicalType(
        PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY, annotation, decimalBytes(precision));
  }

  /**
   * Returns the fewest bytes that hold every number of {@code precision} decimal digits and its
   * sign.
   */
  static int decimalBytes(int precision) {
    return java.math.BigInteger.TEN.pow(precision).bitLength() / Byte.SIZE + 1;
  }

  private static MergeException refusal(Field source) {
    return new MergeException.InvalidRequest(
        "No Parquet column can be made for column '"
            + source.getName()
            + "' of Arrow type "
            + source.getType()
            + (source.getChildren().isEmpty() ? "" : " " + typesOf(source.getChildren())),
        "Leave the column out, or give it another type in the source.");
  }

  private static List<ArrowType> typesOf(List<Field> fields) {
    return fields.stream().map(Field::getType).toList();
  }

  private static org.apache.arrow.vector.types.TimeUnit unit(LogicalTypeAnnotation.TimeUnit unit) {
    return switch (unit) {
      case MILLIS -> org.apache.arrow.vector.types.TimeUnit.MILLISECOND;
      case MICROS -> org.apache.arrow.vector.types.TimeUnit.MICROSECOND;
      case NANOS -> org.apache.arrow.vector.types.TimeUnit.NANOSECOND;
    };
  }

  private record PhysicalType(
      PrimitiveTypeName name, @Nullable LogicalTypeAnnotation annotation, int length) {
    PhysicalType(PrimitiveTypeName name, @Nullable LogicalTypeAnnotation annotation) {
      this(name, annotation, 0);
    }
  }
}
