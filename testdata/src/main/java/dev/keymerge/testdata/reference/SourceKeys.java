package dev.keymerge.testdata.reference;

import dev.keymerge.testdata.reference.MergeRules.DuplicateKeys;
import dev.keymerge.testdata.reference.MergeRules.NullKeys;
import dev.keymerge.testdata.row.ValueOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the one source row that counts for each key. Built once, then only read. */
final class SourceKeys {

  /** Holds one source row, its position in the source, and whether a target row matched it. */
  static final class SourceRow {
    final long ordinal;
    final @Nullable Object[] values;
    final @Nullable Object order;
    boolean matched;

    SourceRow(long ordinal, @Nullable Object[] values, @Nullable Object order) {
      this.ordinal = ordinal;
      this.values = values;
      this.order = order;
    }
  }

  private final Map<List<@Nullable Object>, SourceRow> winners = new HashMap<>();
  private final List<SourceRow> inSourceOrder = new ArrayList<>();
  private final long rowsRead;

  SourceKeys(Iterable<@Nullable Object[]> source, ColumnPlan plan, MergeRules rules) {
    Map<List<@Nullable Object>, List<SourceRow>> groups = new LinkedHashMap<>();
    long ordinal = 0;
    for (@Nullable Object[] values : source) {
      List<@Nullable Object> key = plan.sourceKey(values, ordinal);
      SourceRow row = new SourceRow(ordinal, values, plan.sourceOrder(values, ordinal));
      if (key.contains(null) && rules.nullKeys() == NullKeys.FAIL) {
        throw new MergeRefusal(
            MergeRefusal.Kind.NULL_KEY, "source row " + ordinal + " has a null in its key " + key);
      }
      if (key.contains(null) && rules.nullKeys() == NullKeys.NEVER) {
        inSourceOrder.add(row);
      } else {
        groups.computeIfAbsent(key, first -> new ArrayList<>()).add(row);
      }
      ordinal++;
    }
    this.rowsRead = ordinal;
    groups.forEach((key, rows) -> winners.put(key, winner(key, rows, rules)));
    inSourceOrder.addAll(winners.values());
    inSourceOrder.sort(Comparator.comparingLong(row -> row.ordinal));
  }

  private static SourceRow winner(
      List<@Nullable Object> key, List<SourceRow> rows, MergeRules rules) {
    List<SourceRow> greatest = new ArrayList<>();
    for (SourceRow row : rows) {
      int comparison =
          greatest.isEmpty() ? 1 : ValueOrder.NULLS_FIRST.compare(row.order, greatest.get(0).order);
      if (comparison > 0) {
        greatest.clear();
      }
      if (comparison >= 0) {
        greatest.add(row);
      }
    }
    if (greatest.size() > 1 && rules.duplicates() == DuplicateKeys.FAIL) {
      throw new MergeRefusal(
          MergeRefusal.Kind.DUPLICATE_KEY,
          "key " + key + " in source rows " + greatest.stream().map(row -> row.ordinal).toList());
    }
    return rules.duplicates() == DuplicateKeys.LAST
        ? greatest.get(greatest.size() - 1)
        : greatest.get(0);
  }

  /** Gives the row that counts for a key, or null when the source has none. */
  @Nullable SourceRow winner(List<@Nullable Object> key) {
    return winners.get(key);
  }

  /** Lists the rows that count, in source order. */
  List<SourceRow> rows() {
    return inSourceOrder;
  }

  /** Tells how many rows the source has. */
  long rowsRead() {
    return rowsRead;
  }

  /** Tells how many rows lost to another of the same key. */
  long dropped() {
    return rowsRead - inSourceOrder.size();
  }
}
