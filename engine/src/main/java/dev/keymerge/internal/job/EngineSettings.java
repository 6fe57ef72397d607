package dev.keymerge.internal.job;

import dev.keymerge.internal.memory.PoolLimits;

/**
 * Holds what an engine may use of the machine.
 *
 * @param memory what all merges together may hold
 * @param threads files that one merge works on at once
 * @param concurrentMerges merges that run at once
 * @param cpuPercent share of all processors' time, from 1 to {@link #ALL_CPU}
 * @param spill where and how much merges may spill
 */
public record EngineSettings(
    PoolLimits memory, int threads, int concurrentMerges, int cpuPercent, SpillSettings spill) {
  /** Sets no limit on the use of processors. */
  public static final int ALL_CPU = 100;
}
