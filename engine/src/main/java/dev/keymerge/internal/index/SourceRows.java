package dev.keymerge.internal.index;

import dev.keymerge.internal.key.KeyRows;
import dev.keymerge.internal.key.ValueRows;
import org.jspecify.annotations.Nullable;

/**
 * Shows the partitions one batch of source rows, just read or read back from disk.
 *
 * @param keys the keys in canonical form
 * @param order the order values, or null without an order column
 * @param states per row what {@link RowState} packs
 * @param texts what messages call the keys
 */
record SourceRows(KeyRows keys, @Nullable ValueRows order, long[] states, RowTexts texts) {

  /** Tells what messages call the key of a row, or null if that can be looked up later only. */
  @FunctionalInterface
  interface RowTexts {
    /** Knows no text. */
    RowTexts LATER = row -> null;

    /** Returns the text of the key in {@code row}. */
    @Nullable String of(int row);
  }
}
