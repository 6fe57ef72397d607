package dev.keymerge.internal.rewrite;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.progress.CancelToken;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.format.ColumnMetaData;

/**
 * Holds what comparing and rewriting need around them; all of it is borrowed.
 *
 * @param source where new values come from
 * @param schema which columns take part
 * @param memory where page buffers come from
 * @param allocator where vectors come from
 * @param budget what bookkeeping is charged to
 * @param blockBytes about how many bytes of source values to hold at once
 * @param cancel asked once per block
 */
public record RewriteContext(
    SourceTable source,
    MergeSchema schema,
    ParquetMemory memory,
    BufferAllocator allocator,
    MemoryBudget budget,
    long blockBytes,
    CancelToken cancel) {
  private static final int BOOKKEEPING_BYTES = 16;

  /**
   * Opens the source values of {@code column}, sized by how large the stored values are; the caller
   * closes them.
   */
  SourceValues sourceValues(ParquetFile file, int rowGroup, String column) throws IOException {
    Field field = schema.field(column);
    ColumnMetaData stored =
        file.footer()
            .chunk(rowGroup, file.footer().requireColumn(column).firstLeaf())
            .getMeta_data();
    long storedBytes = stored.getTotal_uncompressed_size() / Math.max(1, stored.getNum_values());
    long rows = blockBytes / (BOOKKEEPING_BYTES + Math.max(storedBytes, BOOKKEEPING_BYTES));
    return new SourceValues(
        source.lookup(column, allocator),
        field,
        allocator,
        budget.open("values of column " + column),
        (int) Math.max(1, Math.min(Integer.MAX_VALUE, rows)));
  }
}
