package dev.keymerge.internal.job;

/**
 * Holds what an engine may use of the machine.
 *
 * @param threads files that one merge works on at once
 * @param concurrentMerges merges that run at once
 * @param cpuPercent share of all processors' time, from 1 to {@link #ALL_CPU}
 * @param spill where and how much merges may spill
 */
public record EngineSettings(
    int threads, int concurrentMerges, int cpuPercent, SpillSettings spill) {
  /** Sets no limit on the use of processors. */
  public static final int ALL_CPU = 100;
}
