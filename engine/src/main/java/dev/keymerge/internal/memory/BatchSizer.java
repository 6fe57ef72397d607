package dev.keymerge.internal.memory;

import java.util.function.LongSupplier;

/**
 * Chooses how many rows a batch takes, so that it stays near a number of bytes whatever the size of
 * the values.
 *
 * <p>Begins small, since nothing is known of the values, and at most doubles from batch to batch.
 * Not thread-safe.
 */
public final class BatchSizer {
  /** The most rows of a batch. */
  private static final int MOST_ROWS = 8192;

  private static final int FIRST_ROWS = 1024;

  private final LongSupplier batchBytes;
  private int rows;

  /** Creates a sizer; {@code batchBytes} tells before each batch how large it should become. */
  public BatchSizer(LongSupplier batchBytes) {
    this.batchBytes = batchBytes;
    this.rows = FIRST_ROWS;
  }

  /** Returns how many rows the next batch should have, at least one. */
  public int rows() {
    return rows;
  }

  /** Takes note of how large a batch became. */
  public void observe(int batchRows, long bytes) {
    long fitting = bytes == 0 ? MOST_ROWS : batchRows * batchBytes.getAsLong() / bytes;
    rows = (int) Math.max(1, Math.min(fitting, Math.min(2L * Math.max(rows, 1), MOST_ROWS)));
  }

  /**
   * Takes note that memory did not suffice for {@code batchRows} and returns whether fewer can be
   * tried.
   */
  public boolean shrink(int batchRows) {
    rows = Math.max(1, batchRows / 2);
    return batchRows > 1;
  }
}
