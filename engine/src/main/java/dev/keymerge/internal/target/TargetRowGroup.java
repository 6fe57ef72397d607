package dev.keymerge.internal.target;

import dev.keymerge.internal.key.ComponentBounds;
import java.util.Map;

/**
 * Holds what a merge needs to know about one row group before it opens the file.
 *
 * <p>Bounds are kept as canonical values, not as the statistics that they come from: those drag the
 * parsed schema of their file along, many times as large.
 *
 * @param rows how many rows it has
 * @param bounds bounds of the key columns by their names to the letter; a column of which nothing
 *     reliable is known is left out
 */
public record TargetRowGroup(long rows, Map<String, ComponentBounds> bounds) {
  /** Copies the map. */
  public TargetRowGroup {
    bounds = Map.copyOf(bounds);
  }

  /** Returns what is known of the values of {@code column}, in the type that all files agree on. */
  public ComponentBounds bounds(String column) {
    return bounds.getOrDefault(column, ComponentBounds.UNKNOWN);
  }
}
