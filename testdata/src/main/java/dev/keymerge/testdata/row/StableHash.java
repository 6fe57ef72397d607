package dev.keymerge.testdata.row;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Hashes values and rows to 64 bits that are the same in every run and on every machine, and the
 * same for values that are equal under {@link ValueOrder}.
 */
public final class StableHash {

  private static final long NULL_HASH = 0x9e37_79b9_7f4a_7c15L;
  private static final long BYTE_PRIME = 0x0000_0100_0000_01b3L;
  private static final long BYTE_START = 0xcbf2_9ce4_8422_2325L;

  private StableHash() {}

  /** Hashes a value under a seed. */
  public static long of(@Nullable Object value, long seed) {
    return mix(seed ^ raw(value));
  }

  /** Hashes the values of a row in order under a seed. */
  public static long ofRow(@Nullable Object[] row, long seed) {
    long hash = seed;
    for (Object value : row) {
      hash = mix(hash * 31 + raw(value));
    }
    return hash;
  }

  /** Spreads every bit of the input over all bits of the output. */
  public static long mix(long bits) {
    long hash = bits + NULL_HASH;
    hash = (hash ^ (hash >>> 30)) * 0xbf58_476d_1ce4_e5b9L;
    hash = (hash ^ (hash >>> 27)) * 0x94d0_49bb_1331_11ebL;
    return hash ^ (hash >>> 31);
  }

  /** Reads a hash as a fraction: at least 0, less than 1. */
  public static double fraction(long hash) {
    return (hash >>> 11) * 0x1.0p-53;
  }

  private static long raw(@Nullable Object value) {
    if (value == null) {
      return NULL_HASH;
    }
    Object canonical = ValueOrder.canonical(value);
    if (canonical instanceof Long number) {
      return mix(number);
    }
    if (canonical instanceof Boolean truth) {
      return truth ? 1 : 2;
    }
    if (canonical instanceof Float number) {
      return mix(Float.floatToIntBits(number));
    }
    if (canonical instanceof Double number) {
      return mix(Double.doubleToLongBits(number));
    }
    return mix(bytes(content(canonical)));
  }

  private static byte[] content(Object value) {
    if (value instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    if (value instanceof Bytes bytes) {
      return bytes.toArray();
    }
    if (value instanceof BigInteger whole) {
      return whole.toByteArray();
    }
    if (value instanceof BigDecimal decimal) {
      return decimal.toString().getBytes(StandardCharsets.UTF_8);
    }
    throw new IllegalArgumentException("not a value of any logical type: " + value.getClass());
  }

  private static long bytes(byte[] content) {
    long hash = BYTE_START ^ content.length;
    for (byte next : content) {
      hash = (hash ^ (next & 0xff)) * BYTE_PRIME;
    }
    return hash;
  }
}
