package dev.keymerge.internal.target;

import java.util.Map;
import org.apache.parquet.column.statistics.Statistics;
import org.jspecify.annotations.Nullable;

/**
 * Holds what a merge needs to know about one row group before it opens the file.
 *
 * @param rows how many rows it has
 * @param statistics statistics of the key columns by their names to the letter; a column whose
 *     statistics are missing or cannot be relied on is left out
 */
public record TargetRowGroup(long rows, Map<String, Statistics<?>> statistics) {
  /** Copies the map. */
  public TargetRowGroup {
    statistics = Map.copyOf(statistics);
  }

  /** Returns the statistics of {@code column}, or null if nothing reliable is known of it. */
  public @Nullable Statistics<?> statistics(String column) {
    return statistics.get(column);
  }
}
