package dev.keymerge.testdata.row;

import org.jspecify.annotations.Nullable;

/**
 * Sums up rows in 128 bits and a count, whatever their order, so that tables that do not fit into
 * memory can be compared.
 *
 * <p>Equal values count as equal whatever their form, as {@link ValueOrder} says. Not thread-safe;
 * digests of parts can be added up.
 */
public final class RowDigest {

  private static final long FIRST_SEED = 0x5851_f42d_4c95_7f2dL;
  private static final long SECOND_SEED = 0x1405_7b7e_f767_814fL;

  private long rows;
  private long first;
  private long second;

  /** Adds a row. */
  public void add(@Nullable Object[] row) {
    rows++;
    first += StableHash.ofRow(row, FIRST_SEED);
    second += StableHash.ofRow(row, SECOND_SEED);
  }

  /** Adds all rows that another digest has seen. */
  public void add(RowDigest other) {
    rows += other.rows;
    first += other.first;
    second += other.second;
  }

  /** Tells how many rows there were. */
  public long rows() {
    return rows;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RowDigest digest
        && rows == digest.rows
        && first == digest.first
        && second == digest.second;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(first);
  }

  @Override
  public String toString() {
    return rows + " rows, " + Long.toHexString(first) + Long.toHexString(second);
  }
}
