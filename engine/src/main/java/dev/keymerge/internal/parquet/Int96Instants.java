package dev.keymerge.internal.parquet;

/**
 * Writes instants in the old 12-byte form: nanoseconds of the day, then the Julian day, lowest
 * bytes first.
 */
final class Int96Instants {
  /** Length of the form. */
  static final int BYTES = 12;

  private static final long NANOS_PER_DAY = 86_400_000_000_000L;
  private static final int JULIAN_DAY_OF_1970 = 2_440_588;

  private Int96Instants() {}

  /** Fills {@code target} with the instant {@code nanos} nanoseconds after the start of 1970. */
  static void encode(long nanos, byte[] target) {
    long nanosOfDay = Math.floorMod(nanos, NANOS_PER_DAY);
    int day = (int) (Math.floorDiv(nanos, NANOS_PER_DAY) + JULIAN_DAY_OF_1970);
    for (int i = 0; i < Long.BYTES; i++) {
      target[i] = (byte) (nanosOfDay >>> (i * Byte.SIZE));
    }
    for (int i = 0; i < Integer.BYTES; i++) {
      target[Long.BYTES + i] = (byte) (day >>> (i * Byte.SIZE));
    }
  }
}
