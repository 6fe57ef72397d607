package dev.keymerge.internal.commit;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.Storage;

/**
 * Holds what publishing borrows.
 *
 * @param storage where the target stands
 * @param budget what the plan of a publication is charged to
 * @param memory what reading footers takes its memory from
 * @param checkpoint run for every file up to the commit point; may throw to stop the merge
 */
public record CommitResources(
    Storage storage, MemoryBudget budget, ParquetMemory memory, Runnable checkpoint) {}
