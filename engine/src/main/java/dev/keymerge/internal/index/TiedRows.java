package dev.keymerge.internal.index;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers, for the message, some of the keys that several rows claim with equal right.
 *
 * <p>Bounded whatever the source holds: those with the first holders stay; keys beyond the bound
 * are still counted in the index, only their rows are not kept. Hearing of a row again changes
 * nothing, because partitions may be read back more than once. Rows are numbered from 1 in texts,
 * as people count. Not thread-safe.
 */
final class TiedRows {
  private static final int MOST_KEYS = 256;
  private static final int MOST_ROWS = 5;

  private final TreeMap<Long, Tie> ties = new TreeMap<>();

  /**
   * Notes that {@code row} has the key, and as good a claim to it, as the earlier row {@code
   * holder}.
   */
  void tie(long holder, SourceRows rows, int row) {
    long ordinal = RowState.ordinal(rows.states()[row]);
    Tie tie = ties.get(holder);
    if (tie == null) {
      if (ties.size() == MOST_KEYS) {
        if (holder > ties.lastKey()) {
          return;
        }
        ties.remove(ties.lastKey());
      }
      tie = new Tie(rows.texts().of(row), ordinal, new ArrayList<>());
      tie.rows().add(holder);
      ties.put(holder, tie);
    }
    tie.add(ordinal);
  }

  /** Forgets the tie at {@code holder}: a greater order value has come. */
  void resolve(long holder) {
    ties.remove(holder);
  }

  /** Describes the tie at {@code holder}; {@code texts} knows keys whose text was not kept. */
  String describe(long holder, KeyTexts texts) {
    @Nullable Tie tie = ties.get(holder);
    return tie == null ? "row " + (holder + 1) + " and a later row" : tie.describe(texts);
  }

  /** Holds the text of a key, the row it is of, and the first few rows with the key. */
  private record Tie(@Nullable String key, long keyRow, List<Long> rows) {
    void add(long row) {
      if (rows.size() <= MOST_ROWS && row > rows.get(rows.size() - 1)) {
        rows.add(row);
      }
    }

    String describe(KeyTexts texts) {
      StringBuilder text =
          new StringBuilder(key == null ? texts.of(keyRow) : key)
              .append(" in rows ")
              .append(rows.get(0) + 1);
      int shown = Math.min(rows.size(), MOST_ROWS);
      for (int index = 1; index < shown; index++) {
        text.append(index == rows.size() - 1 ? " and " : ", ").append(rows.get(index) + 1);
      }
      return rows.size() > MOST_ROWS ? text.append(" and more").toString() : text.toString();
    }
  }
}
