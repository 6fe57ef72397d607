package dev.keymerge.internal.scan.convert;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** Writes single values of vectors the way messages show them. */
final class ValueText {
  private static final int BYTES_SHOWN = 16;
  private static final long NANOS_OF_SECOND = 1_000_000_000L;

  private ValueText() {}

  /** Returns the text of the value in {@code row}, which is not null. */
  static String of(FieldVector vector, int row) {
    ArrowType type = vector.getField().getType();
    return switch (type.getTypeID()) {
      case Int, Date, Time, Timestamp -> whole(type, vector.getDataBuffer(), row);
      case FloatingPoint -> {
        double[] value = new double[1];
        FloatLayout.of(((ArrowType.FloatingPoint) type).getPrecision())
            .load(vector.getDataBuffer(), row, 1, value);
        yield Double.toString(value[0]);
      }
      case Binary, LargeBinary, BinaryView, FixedSizeBinary -> hex(vector, row);
      default -> {
        Object value = vector.getObject(row);
        yield value instanceof BigDecimal decimal ? decimal.toPlainString() : String.valueOf(value);
      }
    };
  }

  private static String whole(ArrowType type, ArrowBuf data, int row) {
    IntegerLayout layout = IntegerLayout.of(type);
    long[] loaded = new long[1];
    layout.load(data, row, 1, loaded);
    long value = loaded[0];
    if (type instanceof ArrowType.Int) {
      return layout.unsignedLong() ? Long.toUnsignedString(value) : Long.toString(value);
    }
    long unit = IntegerLayout.unitNanos(type);
    return switch (type.getTypeID()) {
      case Time -> time(value, unit);
      case Date -> unit > NANOS_OF_SECOND ? date(value) : instant(value, unit);
      default ->
          TypeKind.hasZone((ArrowType.Timestamp) type)
              ? instant(value, unit)
              : instant(value, unit).replace("Z", "");
    };
  }

  private static String date(long days) {
    return days > LocalDate.MAX.toEpochDay() || days < LocalDate.MIN.toEpochDay()
        ? Long.toString(days)
        : LocalDate.ofEpochDay(days).toString();
  }

  private static String time(long value, long unit) {
    long perDay = 86_400 * NANOS_OF_SECOND / unit;
    return value < 0 || value >= perDay
        ? Long.toString(value)
        : LocalTime.ofNanoOfDay(value * unit).toString();
  }

  private static String instant(long value, long unit) {
    long perSecond = NANOS_OF_SECOND / unit;
    long seconds = Math.floorDiv(value, perSecond);
    if (seconds > Instant.MAX.getEpochSecond() || seconds < Instant.MIN.getEpochSecond()) {
      return Long.toString(value);
    }
    return Instant.ofEpochSecond(seconds, Math.floorMod(value, perSecond) * unit)
        .atOffset(ZoneOffset.UTC)
        .toString();
  }

  private static String hex(FieldVector vector, int row) {
    byte[] value = (byte[]) vector.getObject(row);
    String shown = HexFormat.of().formatHex(value, 0, Math.min(value.length, BYTES_SHOWN));
    String more = value.length > BYTES_SHOWN ? "..." : "";
    return "0x" + shown + more + " of " + value.length + " bytes";
  }
}
