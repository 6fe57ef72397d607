package dev.keymerge.internal.scan.convert;

import java.util.Locale;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** Names Arrow types the way messages and documents do: {@code uint16}, {@code decimal(10,2)}. */
public final class TypeText {
  private TypeText() {}

  /** Returns the name of {@code type}. */
  public static String of(ArrowType type) {
    return switch (type.getTypeID()) {
      case Null -> "null";
      case Bool -> "boolean";
      case Int -> {
        ArrowType.Int integer = (ArrowType.Int) type;
        yield (integer.getIsSigned() ? "int" : "uint") + integer.getBitWidth();
      }
      case FloatingPoint ->
          switch (((ArrowType.FloatingPoint) type).getPrecision()) {
            case HALF -> "float16";
            case SINGLE -> "float";
            case DOUBLE -> "double";
          };
      case Decimal -> {
        ArrowType.Decimal decimal = (ArrowType.Decimal) type;
        yield "decimal(" + decimal.getPrecision() + "," + decimal.getScale() + ")";
      }
      case Date -> "date";
      case Time -> "time(" + unit(((ArrowType.Time) type).getUnit()) + ")";
      case Timestamp -> {
        ArrowType.Timestamp timestamp = (ArrowType.Timestamp) type;
        String zone = TypeKind.hasZone(timestamp) ? timestamp.getTimezone() : "without zone";
        yield "timestamp(" + unit(timestamp.getUnit()) + ", " + zone + ")";
      }
      case Utf8, LargeUtf8, Utf8View -> "string";
      case Binary, LargeBinary, BinaryView -> "binary";
      case FixedSizeBinary ->
          "fixed binary(" + ((ArrowType.FixedSizeBinary) type).getByteWidth() + ")";
      default -> type.getTypeID().name().toLowerCase(Locale.ROOT);
    };
  }

  private static String unit(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> "s";
      case MILLISECOND -> "ms";
      case MICROSECOND -> "us";
      case NANOSECOND -> "ns";
    };
  }
}
