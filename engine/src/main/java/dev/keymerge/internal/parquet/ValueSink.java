package dev.keymerge.internal.parquet;

import org.apache.parquet.column.ColumnWriter;

/**
 * Holds where the values of a chunk go.
 *
 * @param writer encodes them
 * @param rows told where rows begin
 * @param copies told of long values before they are written
 */
record ValueSink(ColumnWriter writer, RowCounter rows, ValueCopies copies) {}
