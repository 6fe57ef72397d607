package dev.keymerge.testdata.generate;

import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.StableHash;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Says which key the n-th row of a table has. Each key depends on number and seed alone.
 *
 * <p>All but {@link #ZIPF} and {@link #ONE_KEY} give every row a key of its own.
 */
public enum KeyDistribution {
  /** The row's number. */
  SEQUENTIAL,
  /** Any 64-bit number, in no order. */
  UNIFORM,
  /** Runs of 1,000 consecutive numbers, the runs in no order. */
  CLUSTERED,
  /** Numbers up to a million of which the k-th is drawn with a chance of about 1/k. */
  ZIPF,
  /** Always the same number. */
  ONE_KEY,
  /** Random UUIDs as text. */
  UUID_TEXT,
  /** A customer's name and a running number of up to seven. */
  COMPOSITE;

  private static final long RUN_LENGTH = 1000;
  private static final long RUN_SPACE = 1024;
  private static final long RUN_PLACES = 1L << 40;
  private static final long ODD_STEP = 0x9e_3779_b97fL | 1;
  private static final double ZIPF_KEYS = 1e6;
  private static final long NUMBERS_PER_CUSTOMER = 7;
  private static final long SECOND_SALT = 0x0123_4567_89ab_cdefL;

  /** Lists the key columns; they are the first columns of a table. */
  public List<Column> columns() {
    return switch (this) {
      case SEQUENTIAL, UNIFORM, CLUSTERED, ZIPF, ONE_KEY ->
          List.of(Column.required("key", LogicalType.INT64));
      case UUID_TEXT -> List.of(Column.required("key", LogicalType.STRING));
      case COMPOSITE ->
          List.of(
              Column.required("key_customer", LogicalType.STRING),
              Column.required("key_number", LogicalType.INT32));
    };
  }

  /** Gives the values of the key columns of a row. */
  @Nullable Object[] key(long row, long seed) {
    return switch (this) {
      case SEQUENTIAL -> new @Nullable Object[] {row};
      case UNIFORM -> new @Nullable Object[] {StableHash.mix(row ^ seed)};
      case CLUSTERED -> new @Nullable Object[] {clustered(row, seed)};
      case ZIPF ->
          new @Nullable Object[] {
            (long) Math.pow(ZIPF_KEYS, StableHash.fraction(StableHash.mix(row ^ seed)))
          };
      case ONE_KEY -> new @Nullable Object[] {seed};
      case UUID_TEXT -> {
        long high = StableHash.mix(row ^ seed);
        long low = StableHash.mix(row ^ seed ^ SECOND_SALT);
        yield new @Nullable Object[] {new UUID(high, low).toString()};
      }
      case COMPOSITE ->
          new @Nullable Object[] {
            String.format(Locale.ROOT, "customer %07d", row / NUMBERS_PER_CUSTOMER),
            row % NUMBERS_PER_CUSTOMER
          };
    };
  }

  /** Steps through all places of runs with an odd step, so that no two runs share one. */
  private static long clustered(long row, long seed) {
    long place = Math.floorMod(row / RUN_LENGTH * ODD_STEP + seed, RUN_PLACES);
    return place * RUN_SPACE + row % RUN_LENGTH;
  }
}
