package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.spill.SpillStore;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Holds what scattering values takes; all of it is borrowed and thread-safe.
 *
 * @param source where values come from
 * @param schema which columns take part
 * @param spill where values wait
 * @param allocator where vectors come from
 * @param budget what bookkeeping is charged to
 * @param threads how many columns are scattered at once
 * @param pieceBytes about how many bytes of values to hold at once when they are read back
 * @param checkpoint run once per chunk; throws to end the work
 */
public record ScatterMeans(
    SourceTable source,
    MergeSchema schema,
    SpillStore spill,
    BufferAllocator allocator,
    MemoryBudget budget,
    int threads,
    long pieceBytes,
    Runnable checkpoint) {}
