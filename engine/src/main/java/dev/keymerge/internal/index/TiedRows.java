package dev.keymerge.internal.index;

import dev.keymerge.internal.key.KeyText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Remembers, for the message, some of the keys that several rows claim with equal right.
 *
 * <p>Bounded whatever the source holds: keys beyond the bound are still counted in the index, only
 * their text is not kept. Rows are numbered from 1 here, as people count. Not thread-safe.
 */
final class TiedRows {
  private static final int MOST_KEYS = 256;
  private static final int MOST_ROWS = 5;

  private final Map<Long, Tie> ties = new HashMap<>();

  /**
   * Notes that {@code row} has the key, and as good a claim to it, as the earlier row {@code
   * holder}.
   */
  void tie(long holder, SourceRows rows, int row) {
    Tie tie = ties.get(holder);
    if (tie == null) {
      if (ties.size() == MOST_KEYS) {
        return;
      }
      tie = new Tie(KeyText.of(rows.vectors(), row), new ArrayList<>());
      tie.rows().add(holder + 1);
      ties.put(holder, tie);
    }
    tie.add(rows.firstOrdinal() + row + 1);
  }

  /** Forgets the tie at {@code holder}: a greater order value has come. */
  void resolve(long holder) {
    ties.remove(holder);
  }

  /** Describes the tie at {@code holder}. */
  String describe(long holder) {
    @Nullable Tie tie = ties.get(holder);
    return tie == null ? "row " + (holder + 1) + " and a later row" : tie.describe();
  }

  /** Holds the text of a key and the first few of its rows. */
  private record Tie(String key, List<Long> rows) {
    void add(long row) {
      if (rows.size() <= MOST_ROWS) {
        rows.add(row);
      }
    }

    String describe() {
      StringBuilder text = new StringBuilder(key).append(" in rows ").append(rows.get(0));
      int shown = Math.min(rows.size(), MOST_ROWS);
      for (int index = 1; index < shown; index++) {
        text.append(index == rows.size() - 1 ? " and " : ", ").append(rows.get(index));
      }
      return rows.size() > MOST_ROWS ? text.append(" and more").toString() : text.toString();
    }
  }
}
