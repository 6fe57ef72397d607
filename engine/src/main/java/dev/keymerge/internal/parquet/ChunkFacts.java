package dev.keymerge.internal.parquet;

import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.ColumnChunk;

/**
 * Says what reading a column chunk takes to know. Immutable, if nobody changes the chunk.
 *
 * @param place names the chunk in messages
 * @param leaf the column
 * @param rows rows of the row group
 * @param chunk where it is stored and how; may lack what only others than readers ask for
 */
record ChunkFacts(FilePlace place, ColumnDescriptor leaf, long rows, ColumnChunk chunk) {}
