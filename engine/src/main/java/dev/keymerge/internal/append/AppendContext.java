package dev.keymerge.internal.append;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.plan.SourceTable;
import java.util.function.LongConsumer;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Holds what appending needs from its surroundings. Everything stays its owner's.
 *
 * @param source rows to take from
 * @param allocator holds one block of one column at a time
 * @param memory lends buffers of the writers
 * @param budget charged with the ordinals of one row group
 * @param rowsWritten told how many more rows are complete
 * @param checkpoint run once per block of one column; throws to end the work
 */
public record AppendContext(
    SourceTable source,
    BufferAllocator allocator,
    ParquetMemory memory,
    MemoryBudget budget,
    LongConsumer rowsWritten,
    Runnable checkpoint) {}
