package dev.keymerge.internal.inspect;

import dev.keymerge.DatasetInfo.KeyRange;
import java.util.Comparator;
import org.apache.parquet.column.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Widens over row groups to the bounds of one key column in one file.
 *
 * <p>A row group without usable statistics makes the bounds unknown for good. Not thread-safe.
 */
final class KeyBounds {
  private final String column;
  private @Nullable Statistics<?> least;
  private @Nullable Statistics<?> greatest;
  private long nulls;
  private boolean unknown;

  KeyBounds(String column) {
    this.column = column;
  }

  /** Takes in the statistics of one row group; null if it has none. */
  void add(@Nullable Statistics<?> statistics) {
    if (statistics == null) {
      unknown = true;
      nulls = -1;
      return;
    }
    if (nulls >= 0) {
      nulls = statistics.isNumNullsSet() ? nulls + statistics.getNumNulls() : -1;
    }
    if (!statistics.hasNonNullValue()) {
      return;
    }
    Comparator<Object> order = order(statistics);
    if (least == null || order.compare(statistics.genericGetMin(), least.genericGetMin()) < 0) {
      least = statistics;
    }
    if (greatest == null
        || order.compare(statistics.genericGetMax(), greatest.genericGetMax()) > 0) {
      greatest = statistics;
    }
  }

  /** Returns the bounds as text. */
  KeyRange range() {
    return unknown || least == null || greatest == null
        ? new KeyRange(column, "", "", nulls)
        : new KeyRange(column, least.minAsString(), greatest.maxAsString(), nulls);
  }

  /** Returns the order of the values that {@code statistics} bound. */
  @SuppressWarnings(
      "unchecked") // Both values come from statistics of the type whose comparator this is.
  static Comparator<Object> order(Statistics<?> statistics) {
    return (Comparator<Object>) (Comparator<?>) statistics.comparator();
  }
}
