package dev.keymerge.internal.job;

import dev.keymerge.RecoveryResult;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.progress.MergeProgress;
import dev.keymerge.internal.storage.Storage;

/**
 * Holds what a job opened for its stages and closes after them.
 *
 * @param storage where files are, metered
 * @param budget what memory is charged to
 * @param memory lends page buffers
 * @param allocator lends vectors
 * @param progress is told how far it has come
 * @param recovery what became of an interrupted merge before this one began
 */
record Resources(
    Storage storage,
    MemoryBudget budget,
    ParquetMemory memory,
    BudgetedAllocator allocator,
    MergeProgress progress,
    RecoveryResult.Outcome recovery) {}
