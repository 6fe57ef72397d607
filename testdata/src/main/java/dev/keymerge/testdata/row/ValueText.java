package dev.keymerge.testdata.row;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.time.LocalDate;

/**
 * Reads values from text, for options such as {@code op=D} that name a value in words.
 *
 * <p>Text forms: {@code true}/{@code false}, numbers in plain decimal notation, dates as {@code
 * 2026-01-31}, strings as they are. Times, timestamps and binary have no text form.
 */
public final class ValueText {

  private ValueText() {}

  /** Reads one value of a type, or fails with the reason. */
  public static Object parse(LogicalType type, String text) {
    return switch (type.kind()) {
      case BOOLEAN -> parseBoolean(text);
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 -> Long.valueOf(text);
      case UINT64 -> new BigInteger(text);
      case FLOAT -> Float.valueOf(text);
      case DOUBLE -> Double.valueOf(text);
      case DECIMAL -> new BigDecimal(text).setScale(type.scale(), RoundingMode.UNNECESSARY);
      case DATE -> LocalDate.parse(text).toEpochDay();
      case STRING -> text;
      case TIME, TIMESTAMP, TIMESTAMP_ZONED, BINARY, FIXED_BINARY ->
          throw new IllegalArgumentException("values of type " + type + " have no text form");
    };
  }

  private static Boolean parseBoolean(String text) {
    if (text.equals("true") || text.equals("false")) {
      return Boolean.valueOf(text);
    }
    throw new IllegalArgumentException("not true or false: " + text);
  }
}
