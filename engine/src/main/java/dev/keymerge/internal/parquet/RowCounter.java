package dev.keymerge.internal.parquet;

import org.apache.parquet.column.ColumnWriteStore;

/**
 * Tells the column store where rows end, which is known only when the next row starts. Not
 * thread-safe.
 *
 * <p>The store cuts pages at ends of rows.
 */
final class RowCounter {
  private final ColumnWriteStore store;
  private boolean open;
  private long rows;

  RowCounter(ColumnWriteStore store) {
    this.store = store;
  }

  /** Notes that an entry comes, which starts a row if its level is 0. */
  void entry(int repetitionLevel) {
    if (repetitionLevel == 0) {
      end();
      open = true;
      rows++;
    }
  }

  /** Ends the last row. */
  void end() {
    if (open) {
      store.endRecord();
      open = false;
    }
  }

  /** Returns how many rows have started. */
  long rows() {
    return rows;
  }
}
