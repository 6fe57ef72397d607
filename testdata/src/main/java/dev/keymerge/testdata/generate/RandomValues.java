package dev.keymerge.testdata.generate;

import dev.keymerge.testdata.row.Bytes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Draws values of any type, with the awkward ones (extremes, NaN, both zeros, empty and long text)
 * far more often than chance would.
 *
 * <p>Times lie within a day, dates and timestamps between the years 1900 and 2200, so that every
 * reader and every unit can hold them. Not thread-safe; owns nothing.
 */
public final class RandomValues {

  private static final double AWKWARD_RATE = 0.1;
  private static final long FIRST_DAY = -25_567L;
  private static final long DAYS = 109_572L;
  private static final long SECONDS_PER_DAY = 86_400L;
  private static final int LONG_TEXT = 300;
  private static final String[] TEXTS = {
    "", " ", "a", "A", "ä", "007", "null", "a=b/c%20", "\u0000", "\uD83D\uDE00", "z\uFFFD"
  };

  private final RandomGenerator random;

  /** Draws from a generator, which decides everything. */
  public RandomValues(RandomGenerator random) {
    this.random = random;
  }

  /** Draws rows; a nullable column is null at the given rate. */
  public List<@Nullable Object[]> rows(TableSchema schema, int count, double nullRate) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int row = 0; row < count; row++) {
      @Nullable Object[] values = new @Nullable Object[schema.size()];
      for (int position = 0; position < values.length; position++) {
        values[position] = valueOrNull(schema.column(position), nullRate);
      }
      rows.add(values);
    }
    return rows;
  }

  /** Draws a value for a column, null at the given rate if it may be. */
  public @Nullable Object valueOrNull(Column column, double nullRate) {
    boolean isNull = !column.isRequired() && random.nextDouble() < nullRate;
    return isNull ? null : value(column.type());
  }

  /** Draws a value of a type. */
  public Object value(LogicalType type) {
    boolean awkward = random.nextDouble() < AWKWARD_RATE;
    return switch (type.kind()) {
      case BOOLEAN -> random.nextBoolean();
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32 ->
          integer(type, awkward).longValueExact();
      case UINT64 -> integer(type, awkward);
      case FLOAT -> awkward ? awkwardFloat() : (float) random.nextGaussian() * 1000f;
      case DOUBLE -> awkward ? awkwardDouble() : random.nextGaussian() * 1e6;
      case DECIMAL -> decimal(type, awkward);
      case DATE -> FIRST_DAY + random.nextLong(DAYS);
      case TIME -> random.nextLong(SECONDS_PER_DAY * type.unit().ticksPerSecond());
      case TIMESTAMP, TIMESTAMP_ZONED -> timestamp(type.unit());
      case STRING -> awkward ? awkwardText() : text();
      case BINARY -> bytes(awkward ? 0 : random.nextInt(1, 12));
      case FIXED_BINARY -> bytes(type.byteWidth());
    };
  }

  /** Draws a type of any kind with any parameters. */
  public LogicalType type() {
    LogicalType.Kind[] kinds = LogicalType.Kind.values();
    LogicalType.Kind kind = kinds[random.nextInt(kinds.length)];
    int precision = random.nextInt(1, LogicalType.MAX_DECIMAL_PRECISION + 1);
    TickUnit unit = TickUnit.values()[random.nextInt(TickUnit.values().length)];
    return switch (kind) {
      case DECIMAL -> LogicalType.decimal(precision, random.nextInt(precision + 1));
      case FIXED_BINARY -> LogicalType.fixedBinary(random.nextInt(1, 20));
      default -> new LogicalType(kind, 0, 0, 0, unitOf(kind, unit));
    };
  }

  private static TickUnit unitOf(LogicalType.Kind kind, TickUnit drawn) {
    return switch (kind) {
      case TIME, TIMESTAMP, TIMESTAMP_ZONED -> drawn;
      default -> TickUnit.MILLIS;
    };
  }

  private BigInteger integer(LogicalType type, boolean awkward) {
    BigInteger smallest = type.smallestInteger();
    BigInteger greatest = type.greatestInteger();
    if (awkward) {
      return random.nextBoolean() ? smallest : greatest;
    }
    BigInteger drawn = new BigInteger(1, bytes(Long.BYTES).toArray());
    return drawn.mod(greatest.subtract(smallest).add(BigInteger.ONE)).add(smallest);
  }

  private float awkwardFloat() {
    float[] values = {
      0.0f, -0.0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MIN_VALUE
    };
    return values[random.nextInt(values.length)];
  }

  private double awkwardDouble() {
    double[] values = {
      0.0, -0.0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, Double.MIN_VALUE
    };
    return values[random.nextInt(values.length)];
  }

  private BigDecimal decimal(LogicalType type, boolean awkward) {
    BigInteger bound = BigInteger.TEN.pow(type.precision());
    BigInteger unscaled =
        awkward
            ? bound.subtract(BigInteger.ONE)
            : new BigInteger(1, bytes(16).toArray()).mod(bound);
    return new BigDecimal(random.nextBoolean() ? unscaled : unscaled.negate(), type.scale());
  }

  private long timestamp(TickUnit unit) {
    long second = (FIRST_DAY + random.nextLong(DAYS)) * SECONDS_PER_DAY;
    long withinDay = random.nextLong(SECONDS_PER_DAY * unit.ticksPerSecond());
    return second * unit.ticksPerSecond() + withinDay;
  }

  private String text() {
    return Long.toString(random.nextLong(1L << 40), Character.MAX_RADIX);
  }

  private String awkwardText() {
    int choice = random.nextInt(TEXTS.length + 1);
    return choice < TEXTS.length ? TEXTS[choice] : "x".repeat(LONG_TEXT) + text();
  }

  private Bytes bytes(int length) {
    byte[] content = new byte[length];
    random.nextBytes(content);
    return Bytes.of(content);
  }
}
