package dev.keymerge.internal.rewrite;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.rewrite.values.DirectFeed;
import dev.keymerge.internal.rewrite.values.ValueFeed;
import org.apache.arrow.memory.BufferAllocator;

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

  /** Returns the values as they are fetched from where the source has them. */
  public ValueFeed directValues() {
    return new DirectFeed(source, schema, allocator, budget, blockBytes);
  }
}
