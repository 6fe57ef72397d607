package dev.keymerge.internal.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.schema.PrimitiveType;
import org.jspecify.annotations.Nullable;

/**
 * Finds out in how many row groups one value of the first key column may stand, on average.
 *
 * <p>Where keys are clustered that is hardly more than one, and a merge reads little; where every
 * row group spans all keys, statistics leave nothing out. Not thread-safe.
 */
final class KeySpread {
  private final List<Object> starts = new ArrayList<>();
  private final List<Object> ends = new ArrayList<>();
  private @Nullable PrimitiveType type;
  private @Nullable Comparator<Object> order;
  private boolean comparable = true;

  /** Takes in the statistics of one row group; null if it has none. */
  void add(@Nullable Statistics<?> statistics) {
    if (statistics == null || !statistics.hasNonNullValue()) {
      return;
    }
    if (type == null) {
      type = statistics.type();
      order = KeyBounds.order(statistics);
    }
    // Files may store one column in different types, whose bounds have no common order.
    comparable &=
        type.getPrimitiveTypeName() == statistics.type().getPrimitiveTypeName()
            && Objects.equals(
                type.getLogicalTypeAnnotation(), statistics.type().getLogicalTypeAnnotation());
    if (comparable) {
      starts.add(statistics.genericGetMin());
      ends.add(statistics.genericGetMax());
    }
  }

  /** Returns how many row groups have bounds. */
  int rowGroups() {
    return comparable ? starts.size() : 0;
  }

  /**
   * Returns how many row groups span the least value of a row group, on average; 0 without row
   * groups.
   */
  double averageOverlap() {
    if (!comparable || order == null || starts.isEmpty()) {
      return 0;
    }
    starts.sort(order);
    ends.sort(order);
    long overlaps = 0;
    int started = 0;
    int ended = 0;
    for (Object point : starts) {
      while (started < starts.size() && order.compare(starts.get(started), point) <= 0) {
        started++;
      }
      while (ended < ends.size() && order.compare(ends.get(ended), point) < 0) {
        ended++;
      }
      overlaps += started - ended;
    }
    return (double) overlaps / starts.size();
  }
}
