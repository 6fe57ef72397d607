package dev.keymerge.internal.target;

import dev.keymerge.internal.key.CanonicalType;
import dev.keymerge.internal.key.CanonicalWords;
import dev.keymerge.internal.key.ComponentBounds;
import dev.keymerge.internal.parquet.ArrowTypes;
import java.math.BigInteger;
import java.util.Arrays;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.statistics.BooleanStatistics;
import org.apache.parquet.column.statistics.DoubleStatistics;
import org.apache.parquet.column.statistics.FloatStatistics;
import org.apache.parquet.column.statistics.IntStatistics;
import org.apache.parquet.column.statistics.LongStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type.Repetition;
import org.jspecify.annotations.Nullable;

/**
 * Turns the statistics of a column chunk into bounds of canonical values.
 *
 * <p>Whatever is missing, contradicts itself, does not fit the column's type, or is known to be
 * ordered differently by different writers becomes {@link ComponentBounds#UNKNOWN}. Bounds that
 * were cut short are bounds all the same.
 *
 * <p>Stateless.
 */
final class StatisticsBounds {
  private StatisticsBounds() {}

  /**
   * Returns what {@code statistics} of {@code rows} rows say of values that are matched as the type
   * of {@code key}.
   */
  static ComponentBounds of(@Nullable Statistics<?> statistics, long rows, Field key) {
    if (statistics == null) {
      return ComponentBounds.UNKNOWN;
    }
    PrimitiveType type = statistics.type();
    ArrowType readAs = ArrowTypes.arrowType(type);
    if (readAs == null || !readAs.equals(key.getType())) {
      return ComponentBounds.UNKNOWN;
    }
    boolean required = type.isRepetition(Repetition.REQUIRED);
    boolean nullsCounted = statistics.isNumNullsSet();
    if (!statistics.hasNonNullValue()) {
      boolean onlyNulls = !required && nullsCounted && statistics.getNumNulls() == rows;
      return onlyNulls ? ComponentBounds.ONLY_NULLS : ComponentBounds.UNKNOWN;
    }
    boolean mayBeNull = !required && !(nullsCounted && statistics.getNumNulls() == 0);
    CanonicalType canonical = CanonicalType.of(key);
    return canonical.kind().isWord()
        ? words(statistics, canonical, mayBeNull)
        : bytes(statistics, canonical, mayBeNull);
  }

  private static ComponentBounds words(
      Statistics<?> statistics, CanonicalType type, boolean mayBeNull) {
    Long min = word(statistics, statistics.genericGetMin(), type);
    Long max = word(statistics, statistics.genericGetMax(), type);
    if (min == null || max == null || min > max) {
      return ComponentBounds.UNKNOWN;
    }
    return new ComponentBounds.Words(min, max, mayBeNull);
  }

  /** Returns the canonical word of a bound, or null if it cannot be one of the column's values. */
  private static @Nullable Long word(Statistics<?> statistics, Object bound, CanonicalType type) {
    if (statistics instanceof BooleanStatistics) {
      return (Boolean) bound ? 1L : 0L;
    }
    if (statistics instanceof IntStatistics) {
      return integer((Integer) bound, Integer.BYTES, type);
    }
    if (statistics instanceof LongStatistics) {
      return integer((Long) bound, Long.BYTES, type);
    }
    if (statistics instanceof FloatStatistics) {
      float value = (Float) bound;
      return Float.isNaN(value) ? null : CanonicalWords.ofFloat(value);
    }
    if (statistics instanceof DoubleStatistics) {
      double value = (Double) bound;
      return Double.isNaN(value) ? null : CanonicalWords.ofDouble(value);
    }
    return statistics.type().getPrimitiveTypeName() == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY
        ? fixedWord(((Binary) bound).getBytes(), statistics.type().getTypeLength(), type)
        : null;
  }

  private static @Nullable Long integer(long value, int storedBytes, CanonicalType type) {
    return switch (type.kind()) {
      case DECIMAL_WORD -> value;
      case SIGNED -> {
        int unused = Long.SIZE - type.width() * Byte.SIZE;
        yield value << unused >> unused == value ? value : null;
      }
      case UNSIGNED -> {
        if (type.width() == Long.BYTES) {
          yield CanonicalWords.ofUnsignedLong(value);
        }
        long plain = storedBytes == Integer.BYTES ? Integer.toUnsignedLong((int) value) : value;
        yield plain >>> type.width() * Byte.SIZE == 0 ? plain : null;
      }
      default -> null;
    };
  }

  private static @Nullable Long fixedWord(byte[] bytes, int length, CanonicalType type) {
    if (bytes.length != length) {
      return null;
    }
    return switch (type.kind()) {
      case HALF -> {
        short bits = (short) (bytes[0] & 0xFF | bytes[1] << Byte.SIZE);
        yield CanonicalWords.isHalfNan(bits) ? null : CanonicalWords.ofHalf(bits);
      }
      case SHORT_BYTES -> CanonicalWords.ofShortBytes(bytes);
      case DECIMAL_WORD -> {
        BigInteger unscaled = new BigInteger(bytes);
        yield unscaled.bitLength() < Long.SIZE ? unscaled.longValue() : null;
      }
      default -> null;
    };
  }

  private static ComponentBounds bytes(
      Statistics<?> statistics, CanonicalType type, boolean mayBeNull) {
    byte[] min = bytes(statistics, statistics.genericGetMin(), type);
    byte[] max = bytes(statistics, statistics.genericGetMax(), type);
    if (min == null || max == null || Arrays.compareUnsigned(min, max) > 0) {
      return ComponentBounds.UNKNOWN;
    }
    return new ComponentBounds.Bytes(min, max, mayBeNull);
  }

  /** Returns the canonical bytes of a bound, or null if it cannot be one of the column's values. */
  private static byte @Nullable [] bytes(
      Statistics<?> statistics, Object bound, CanonicalType type) {
    if (!(bound instanceof Binary binary)) {
      return null;
    }
    byte[] bytes = binary.getBytes();
    PrimitiveType column = statistics.type();
    return switch (type.kind()) {
      case VARIABLE_BYTES, FIXED_BYTES -> bytes;
      case DECIMAL_BYTES ->
          // Decimals of variable length have been ordered in too many ways to be believed.
          column.getPrimitiveTypeName() == PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY
                  && bytes.length == column.getTypeLength()
              ? orderedDecimal(new BigInteger(bytes), type.width())
              : null;
      default -> null;
    };
  }

  private static byte @Nullable [] orderedDecimal(BigInteger unscaled, int width) {
    byte[] shortest = unscaled.toByteArray();
    if (shortest.length > width) {
      return null;
    }
    byte[] ordered = new byte[width];
    Arrays.fill(ordered, unscaled.signum() < 0 ? (byte) -1 : 0);
    System.arraycopy(shortest, 0, ordered, width - shortest.length, shortest.length);
    ordered[0] ^= Byte.MIN_VALUE;
    return ordered;
  }
}
