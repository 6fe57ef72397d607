package dev.keymerge.internal.job;

import dev.keymerge.internal.index.KeyIndex;
import dev.keymerge.internal.index.KeyIndexBuilder;
import dev.keymerge.internal.index.RowMarks;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.SourceScan;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.progress.MergeProgress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/**
 * Reads the columns of the source that decide a merge (keys, order, marker) once, and fills the key
 * index with them.
 *
 * <p>Columns whose conversion may fail on some value are read too, so that a failure does not
 * depend on which rows are used later. Not thread-safe.
 */
final class SourceIndexer {
  private final SourceTable source;
  private final MergeSchema schema;
  private final CancelToken cancel;
  private final MergeProgress progress;

  SourceIndexer(
      SourceTable source, MergeSchema schema, CancelToken cancel, MergeProgress progress) {
    this.source = source;
    this.schema = schema;
    this.cancel = cancel;
    this.progress = progress;
  }

  /**
   * Fills {@code builder}, which the caller owns, and returns the index, which the caller closes.
   */
  KeyIndex index(KeyIndexBuilder builder, BufferAllocator allocator) throws IOException {
    Set<String> columns = new LinkedHashSet<>(schema.keys());
    if (schema.orderColumn() != null) {
      columns.add(schema.orderColumn());
    }
    if (schema.marker() != null) {
      columns.add(schema.marker());
    }
    MarkerMatcher matcher =
        schema.marker() == null || schema.markerValue() == null
            ? null
            : new MarkerMatcher(schema.field(schema.marker()), schema.markerValue());
    try (SourceScan scan = source.scan(List.copyOf(columns), allocator)) {
      while (scan.next()) {
        cancel.check();
        add(builder, scan, matcher);
        progress.addRows(scan.batch().getRowCount());
      }
    }
    for (String column : source.checkedColumns()) {
      if (!columns.contains(column)) {
        check(column, allocator);
      }
    }
    return builder.build(cancel::check);
  }

  /** Reads a column to its end; on its own, so that only one column's pages are in memory. */
  private void check(String column, BufferAllocator allocator) throws IOException {
    try (SourceScan scan = source.scan(List.of(column), allocator)) {
      while (scan.next()) {
        cancel.check();
      }
    }
  }

  private void add(KeyIndexBuilder builder, SourceScan scan, @Nullable MarkerMatcher matcher) {
    VectorSchemaRoot batch = scan.batch();
    int rows = batch.getRowCount();
    List<FieldVector> keys = new ArrayList<>();
    for (String key : schema.keys()) {
      keys.add(batch.getVector(key));
    }
    FieldVector order = schema.orderColumn() == null ? null : batch.getVector(schema.orderColumn());
    RowMarks marks = RowMarks.NONE;
    if (matcher != null && schema.marker() != null) {
      BitSet marked = matcher.marked(batch.getVector(schema.marker()), rows);
      marks = marked::get;
    }
    builder.add(keys, order, rows, scan.firstOrdinal(), marks);
  }
}
