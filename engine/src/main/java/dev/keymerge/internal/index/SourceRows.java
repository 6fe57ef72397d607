package dev.keymerge.internal.index;

import dev.keymerge.internal.key.CanonicalColumn;
import dev.keymerge.internal.key.KeyBatch;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Shows the partitions one batch of source rows.
 *
 * @param keys the keys in canonical form
 * @param order the order values, or null without an order column
 * @param marks which rows are marked
 * @param firstOrdinal ordinal of row 0
 * @param vectors the key columns as they came, for messages
 */
record SourceRows(
    KeyBatch keys,
    @Nullable CanonicalColumn order,
    RowMarks marks,
    long firstOrdinal,
    List<FieldVector> vectors) {}
