package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.plan.SourceTable;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.format.ColumnMetaData;

/**
 * Opens values that are fetched from where the source has them, in pieces sized by how large the
 * stored values are. Everything is borrowed.
 *
 * @param source where values come from
 * @param schema which types they have
 * @param allocator where vectors come from
 * @param budget what bookkeeping is charged to
 * @param pieceBytes about how many bytes of values to hold at once
 */
public record DirectFeed(
    SourceTable source,
    MergeSchema schema,
    BufferAllocator allocator,
    MemoryBudget budget,
    long pieceBytes)
    implements ValueFeed {
  private static final int BOOKKEEPING_BYTES = 16;

  @Override
  public SourceValues open(ParquetFile file, RowGroupPlan plan, String column) throws IOException {
    Field field = schema.field(column);
    ColumnMetaData stored =
        file.footer()
            .chunk(plan.rowGroup(), file.footer().requireColumn(column).firstLeaf())
            .getMeta_data();
    long storedBytes = stored.getTotal_uncompressed_size() / Math.max(1, stored.getNum_values());
    long rows = pieceBytes / (BOOKKEEPING_BYTES + Math.max(storedBytes, BOOKKEEPING_BYTES));
    return new DirectValues(
        source.lookup(column, allocator),
        field,
        allocator,
        budget.open("values of column " + column),
        (int) Math.max(1, Math.min(Integer.MAX_VALUE, rows)));
  }
}
