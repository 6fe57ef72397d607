package dev.keymerge.internal.job;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.Storage;

/**
 * Holds what an engine lends to each of its merges.
 *
 * @param storage where files are
 * @param budget what memory is charged to
 * @param tuning how to work
 * @param spill where and how much a merge may spill
 */
record JobSettings(Storage storage, MemoryBudget budget, Tuning tuning, SpillSettings spill) {}
