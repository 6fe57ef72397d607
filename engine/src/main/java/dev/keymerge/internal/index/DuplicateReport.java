package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import java.util.PriorityQueue;
import java.util.StringJoiner;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Counts keys that several rows claim with equal right, and words the failure that names the first
 * of them. Not thread-safe.
 */
final class DuplicateReport {
  private static final int MOST_EXAMPLES = 10;

  private final @Nullable Field order;
  private final TiedRows tiedRows;
  private final KeyTexts texts;
  private final PriorityQueue<Long> first =
      new PriorityQueue<>((left, right) -> Long.compare(right, left));
  private long count;

  DuplicateReport(@Nullable Field order, TiedRows tiedRows, KeyTexts texts) {
    this.order = order;
    this.tiedRows = tiedRows;
    this.texts = texts;
  }

  /** Counts the ties in a table whose rows are all there. */
  void collect(KeyTable table) {
    for (long record = 0; record < table.records(); record++) {
      long state = table.state(record);
      if (RowState.isTied(state)) {
        count++;
        first.add(RowState.ordinal(state));
        if (first.size() > MOST_EXAMPLES) {
          first.remove();
        }
      }
    }
  }

  /**
   * Fails if any tie was counted.
   *
   * @throws MergeException.BadData with examples
   */
  void check() {
    if (count == 0) {
      return;
    }
    StringJoiner text = new StringJoiner("; ");
    for (long holder : first.stream().sorted().toList()) {
      text.add(tiedRows.describe(holder, texts));
    }
    String among =
        order == null
            ? " more than one source row"
            : " more than one source row with the greatest value of '" + order.getName() + "'";
    String message =
        count
            + (count == 1 ? " key has" : " keys have")
            + among
            + "; counting from row 1: "
            + text
            + (count > first.size() ? "; and more" : "");
    throw new MergeException.BadData(
        message,
        "Remove the duplicates, name a column whose greatest value wins (--order-by), or choose the first "
            + "or the last row (--on-duplicate).");
  }
}
