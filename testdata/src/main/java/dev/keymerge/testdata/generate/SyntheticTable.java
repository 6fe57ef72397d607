package dev.keymerge.testdata.generate;

import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.StableHash;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Makes the rows of tables that benchmarks use, in any number and with any distribution of keys.
 *
 * <p>A row depends on its number, the shape, the distribution and the seed alone. Immutable.
 */
public final class SyntheticTable {

  /** Names the columns behind the key. */
  public enum Shape {
    /** A number near seven times the key, a text of 91 times the key, the key modulo 1,000. */
    NARROW,
    /**
     * Three integers, three doubles, three strings (one of 20 hex digits), a time, a truth value.
     */
    TWELVE_COLUMNS,
    /** Ninety-nine columns of eight types in turn, some of few values, some nullable. */
    HUNDRED_COLUMNS
  }

  private static final int WIDE_COLUMNS = 99;
  private static final int WIDE_KINDS = 9;
  private static final long START_OF_TIMES = 1_600_000_000_000_000L;
  private static final long SPAN_OF_TIMES = 100_000_000_000_000L;
  private static final String[] CITIES = {
    "Berlin", "Bogota", "Cairo", "Delhi", "Lagos", "Lima", "Osaka", "Paris", "Quito", "Seoul"
  };

  private final Shape shape;
  private final KeyDistribution keys;
  private final long seed;
  private final TableSchema schema;

  private SyntheticTable(Shape shape, KeyDistribution keys, long seed) {
    this.shape = shape;
    this.keys = keys;
    this.seed = seed;
    List<Column> columns = new ArrayList<>(keys.columns());
    columns.addAll(payload(shape));
    this.schema = TableSchema.of(columns);
  }

  /** Prepares a table. */
  public static SyntheticTable of(Shape shape, KeyDistribution keys, long seed) {
    return new SyntheticTable(shape, keys, seed);
  }

  private static List<Column> payload(Shape shape) {
    return switch (shape) {
      case NARROW ->
          List.of(
              Column.required("amount", LogicalType.DOUBLE),
              Column.required("text", LogicalType.STRING),
              Column.required("bucket", LogicalType.INT64));
      case TWELVE_COLUMNS ->
          List.of(
              Column.nullable("int_small", LogicalType.INT32),
              Column.nullable("int_wide", LogicalType.INT32),
              Column.nullable("int_big", LogicalType.INT64),
              Column.nullable("double_uniform", LogicalType.DOUBLE),
              Column.nullable("double_price", LogicalType.DOUBLE),
              Column.nullable("double_ratio", LogicalType.DOUBLE),
              Column.nullable("city", LogicalType.STRING),
              Column.nullable("hex", LogicalType.STRING),
              Column.nullable("label", LogicalType.STRING),
              Column.nullable("changed_at", LogicalType.timestamp(TickUnit.MICROS)),
              Column.nullable("active", LogicalType.BOOLEAN));
      case HUNDRED_COLUMNS -> widePayload();
    };
  }

  private static List<Column> widePayload() {
    List<Column> columns = new ArrayList<>();
    for (int number = 1; number <= WIDE_COLUMNS; number++) {
      String name = "column_" + number;
      columns.add(
          switch (number % WIDE_KINDS) {
            case 0 -> Column.nullable(name, LogicalType.INT64);
            case 1 -> Column.nullable(name, LogicalType.INT32);
            case 2 -> Column.nullable(name, LogicalType.DOUBLE);
            case 3, 4 -> Column.nullable(name, LogicalType.STRING);
            case 5 -> Column.nullable(name, LogicalType.decimal(12, 2));
            case 6 -> Column.nullable(name, LogicalType.DATE);
            case 7 -> Column.required(name, LogicalType.BOOLEAN);
            default -> Column.nullable(name, LogicalType.FLOAT);
          });
    }
    return columns;
  }

  /** Lists the columns, the key's first. */
  public TableSchema schema() {
    return schema;
  }

  /** Lists the names of the key columns. */
  public List<String> keyColumns() {
    return keys.columns().stream().map(Column::name).toList();
  }

  /** Makes the row of a number. */
  public @Nullable Object[] row(long number) {
    @Nullable Object[] key = keys.key(number, seed);
    @Nullable Object[] row = new @Nullable Object[schema.size()];
    System.arraycopy(key, 0, row, 0, key.length);
    long hash = StableHash.mix(number + StableHash.mix(seed));
    switch (shape) {
      case NARROW -> fillNarrow(row, key.length, key[0] instanceof Long whole ? whole : hash);
      case TWELVE_COLUMNS -> fillTwelve(row, key.length, hash);
      case HUNDRED_COLUMNS -> fillHundred(row, key.length, hash);
    }
    return row;
  }

  /** Makes the rows of numbers from {@code first} up to but not including {@code end}. */
  public Iterable<@Nullable Object[]> rows(long first, long end) {
    return () ->
        new Iterator<@Nullable Object[]>() {
          private long next = first;

          @Override
          public boolean hasNext() {
            return next < end;
          }

          @Override
          public @Nullable Object[] next() {
            if (next >= end) {
              throw new NoSuchElementException();
            }
            return row(next++);
          }
        };
  }

  private static void fillNarrow(@Nullable Object[] row, int start, long key) {
    row[start] = key * 7.1 + 13.4;
    row[start + 1] = Long.toString(key * 91);
    row[start + 2] = key % 1000;
  }

  private static void fillTwelve(@Nullable Object[] row, int start, long hash) {
    long second = StableHash.mix(hash);
    long third = StableHash.mix(second);
    row[start] = Math.floorMod(hash, 100L);
    row[start + 1] = (long) (int) second;
    row[start + 2] = third;
    row[start + 3] = StableHash.fraction(hash);
    row[start + 4] = Math.floorMod(second, 100_000L) / 100.0;
    row[start + 5] = StableHash.fraction(third) * 2 - 1;
    row[start + 6] = CITIES[(int) Math.floorMod(hash >>> 8, (long) CITIES.length)];
    row[start + 7] = hexDigits(second) + hexDigits(third).substring(0, 4);
    row[start + 8] = "item " + Math.floorMod(third, 50_000L);
    row[start + 9] = START_OF_TIMES + Math.floorMod(second, SPAN_OF_TIMES);
    row[start + 10] = (hash & 1) == 0;
  }

  private static String hexDigits(long bits) {
    return HexFormat.of().toHexDigits(bits);
  }

  private static void fillHundred(@Nullable Object[] row, int start, long hash) {
    long next = hash;
    for (int number = 1; number <= WIDE_COLUMNS; number++) {
      next = StableHash.mix(next);
      int kind = number % WIDE_KINDS;
      boolean isNull = kind != 7 && Math.floorMod(next, 20) == 0;
      row[start + number - 1] = isNull ? null : wideValue(kind, next);
    }
  }

  private static Object wideValue(int kind, long bits) {
    return switch (kind) {
      case 0 -> bits;
      case 1 -> Math.floorMod(bits, 1000L);
      case 2 -> StableHash.fraction(bits) * 1000;
      case 3 -> CITIES[(int) Math.floorMod(bits, (long) CITIES.length)];
      case 4 -> Long.toString(bits >>> 24, Character.MAX_RADIX);
      case 5 -> BigDecimal.valueOf(Math.floorMod(bits, 1_000_000_000L), 2);
      case 6 -> Math.floorMod(bits, 20_000L);
      case 7 -> (bits & 1) == 0;
      default -> (float) StableHash.fraction(bits);
    };
  }
}
