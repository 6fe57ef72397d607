package dev.keymerge.internal.scan.convert;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * Says how a vector lays whole numbers out, dates, times and timestamps included.
 *
 * <p>All pass through {@code long}; an unsigned one of 64 bits keeps its bits and so looks negative
 * from 2^63 on.
 *
 * @param bytes width of a value: 1, 2, 4 or 8
 * @param signed whether the topmost bit is a sign
 */
record IntegerLayout(int bytes, boolean signed) {
  /**
   * Returns the layout of {@code type}, which must be an integer, a date, a time or a timestamp.
   */
  static IntegerLayout of(ArrowType type) {
    return switch (type.getTypeID()) {
      case Int -> {
        ArrowType.Int integer = (ArrowType.Int) type;
        yield new IntegerLayout(integer.getBitWidth() / 8, integer.getIsSigned());
      }
      case Date ->
          new IntegerLayout(((ArrowType.Date) type).getUnit() == DateUnit.DAY ? 4 : 8, true);
      case Time -> new IntegerLayout(((ArrowType.Time) type).getBitWidth() / 8, true);
      case Timestamp -> new IntegerLayout(8, true);
      default -> throw new IllegalArgumentException("Not laid out as an integer: " + type);
    };
  }

  /** Returns the duration of a value's unit in nanoseconds, for dates, times and timestamps. */
  static long unitNanos(ArrowType type) {
    return switch (type.getTypeID()) {
      case Date ->
          ((ArrowType.Date) type).getUnit() == DateUnit.DAY ? 86_400_000_000_000L : 1_000_000L;
      case Time -> unitNanos(((ArrowType.Time) type).getUnit());
      case Timestamp -> unitNanos(((ArrowType.Timestamp) type).getUnit());
      default -> throw new IllegalArgumentException("Has no unit of time: " + type);
    };
  }

  private static long unitNanos(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 1_000_000_000L;
      case MILLISECOND -> 1_000_000L;
      case MICROSECOND -> 1_000L;
      case NANOSECOND -> 1L;
    };
  }

  /** Returns whether values from 2^63 on look negative. */
  boolean unsignedLong() {
    return bytes == 8 && !signed;
  }

  /** Returns the least value; 0 when unsigned. */
  long least() {
    return signed ? -1L << (8 * bytes - 1) : 0;
  }

  /** Returns the greatest value that a {@code long} can say. */
  long greatest() {
    if (unsignedLong()) {
      return Long.MAX_VALUE;
    }
    return (1L << (signed ? 8 * bytes - 1 : 8 * bytes)) - 1;
  }

  /** Reads {@code count} values from {@code from} on. */
  void load(ArrowBuf data, int from, int count, long[] into) {
    long offset = (long) from * bytes;
    switch (bytes) {
      case 1 -> {
        long mask = signed ? -1L : 0xFFL;
        for (int i = 0; i < count; i++) {
          into[i] = data.getByte(offset + i) & mask;
        }
      }
      case 2 -> {
        long mask = signed ? -1L : 0xFFFFL;
        for (int i = 0; i < count; i++) {
          into[i] = data.getShort(offset + 2L * i) & mask;
        }
      }
      case 4 -> {
        long mask = signed ? -1L : 0xFFFF_FFFFL;
        for (int i = 0; i < count; i++) {
          into[i] = data.getInt(offset + 4L * i) & mask;
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          into[i] = data.getLong(offset + 8L * i);
        }
      }
    }
  }

  /** Writes {@code count} values from {@code to} on, cutting off what lies beyond the width. */
  void store(long[] values, int count, ArrowBuf data, int to) {
    long offset = (long) to * bytes;
    switch (bytes) {
      case 1 -> {
        for (int i = 0; i < count; i++) {
          data.setByte(offset + i, (byte) values[i]);
        }
      }
      case 2 -> {
        for (int i = 0; i < count; i++) {
          data.setShort(offset + 2L * i, (short) values[i]);
        }
      }
      case 4 -> {
        for (int i = 0; i < count; i++) {
          data.setInt(offset + 4L * i, (int) values[i]);
        }
      }
      default -> {
        for (int i = 0; i < count; i++) {
          data.setLong(offset + 8L * i, values[i]);
        }
      }
    }
  }
}
