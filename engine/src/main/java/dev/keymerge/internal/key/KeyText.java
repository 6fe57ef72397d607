package dev.keymerge.internal.key;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.StringJoiner;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.UInt1Vector;
import org.apache.arrow.vector.UInt2Vector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.jspecify.annotations.Nullable;

/**
 * Writes keys into messages: {@code id=42, name='a'}, long values cut short.
 *
 * <p>Stateless.
 */
public final class KeyText {
  private static final int MOST_CHARACTERS = 60;
  private static final int MOST_BYTES = 20;

  private KeyText() {}

  /** Returns the text of the key in {@code row} of the key columns. */
  public static String of(List<FieldVector> keys, int row) {
    StringJoiner text = new StringJoiner(", ");
    for (FieldVector vector : keys) {
      text.add(vector.getField().getName() + "=" + value(vector, row));
    }
    return text.toString();
  }

  private static String value(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return "null";
    }
    if (vector instanceof UInt1Vector unsigned) {
      return Integer.toString(unsigned.get(row) & 0xFF);
    }
    if (vector instanceof UInt2Vector unsigned) {
      return Integer.toString(unsigned.get(row));
    }
    if (vector instanceof UInt4Vector unsigned) {
      return Integer.toUnsignedString(unsigned.get(row));
    }
    if (vector instanceof UInt8Vector unsigned) {
      return Long.toUnsignedString(unsigned.get(row));
    }
    CanonicalType type = CanonicalType.of(vector.getField());
    if (type.kind() == CanonicalType.Kind.SIGNED) {
      ArrowBuf data = vector.getDataBuffer();
      long number =
          switch (type.width()) {
            case Byte.BYTES -> data.getByte(row);
            case Short.BYTES -> data.getShort((long) row * Short.BYTES);
            case Integer.BYTES -> data.getInt((long) row * Integer.BYTES);
            default -> data.getLong((long) row * Long.BYTES);
          };
      try {
        return signed(vector.getField().getType(), number);
      } catch (DateTimeException | ArithmeticException beyondTheCalendar) {
        return Long.toString(number);
      }
    }
    return object(vector.getObject(row));
  }

  private static String signed(ArrowType type, long number) {
    if (type instanceof ArrowType.Timestamp timestamp) {
      Instant instant = Instant.EPOCH.plus(number, unit(timestamp.getUnit()));
      return timestamp.getTimezone() == null
          ? instant.atOffset(ZoneOffset.UTC).toLocalDateTime().toString()
          : instant.toString();
    }
    if (type instanceof ArrowType.Time time) {
      return LocalTime.MIDNIGHT.plus(number, unit(time.getUnit())).toString();
    }
    if (type instanceof ArrowType.Date date && date.getUnit() == DateUnit.DAY) {
      return LocalDate.ofEpochDay(number).toString();
    }
    return Long.toString(number);
  }

  private static ChronoUnit unit(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> ChronoUnit.SECONDS;
      case MILLISECOND -> ChronoUnit.MILLIS;
      case MICROSECOND -> ChronoUnit.MICROS;
      case NANOSECOND -> ChronoUnit.NANOS;
    };
  }

  private static String object(@Nullable Object value) {
    if (value instanceof byte[] bytes) {
      int shown = Math.min(bytes.length, MOST_BYTES);
      String hex = HexFormat.of().formatHex(bytes, 0, shown);
      return "0x" + hex + (shown < bytes.length ? "..." : "");
    }
    if (value instanceof Number || value instanceof Boolean) {
      return value.toString();
    }
    String text = String.valueOf(value);
    if (text.codePointCount(0, text.length()) > MOST_CHARACTERS) {
      text = text.substring(0, text.offsetByCodePoints(0, MOST_CHARACTERS)) + "...";
    }
    return "'" + text + "'";
  }
}
