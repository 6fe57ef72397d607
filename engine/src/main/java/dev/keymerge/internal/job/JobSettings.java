package dev.keymerge.internal.job;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PressureSource;
import dev.keymerge.internal.storage.Storage;

/**
 * Holds what an engine lends to each of its merges.
 *
 * @param storage where files are
 * @param budget what memory is charged to
 * @param tuning how to work
 * @param spill where and how much a merge may spill
 * @param pressure tells how scarce memory is
 * @param brake holds the merge back while memory is scarce
 */
record JobSettings(
    Storage storage,
    MemoryBudget budget,
    Tuning tuning,
    SpillSettings spill,
    PressureSource pressure,
    PressureBrake brake) {}
