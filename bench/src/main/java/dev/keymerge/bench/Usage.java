package dev.keymerge.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Counts what runs took beside time on the clock, which says little on a busy machine. What is
 * shown is the sum of all measured runs. One benchmark thread at a time.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.EVENTS)
public class Usage {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double BYTES_PER_MIB = 1 << 20;

  /** Milliseconds of all processors that the process used, its compilers and collector too. */
  public double cpuMillis;

  /** Megabytes that went to disk because memory did not hold them. */
  public double spilledMib;

  /** Large page buffers that were there from before. */
  public long poolHits;

  /** Large page buffers that had to be made. */
  public long poolMisses;

  private long startedAt;

  /** Starts counting. */
  void start() {
    startedAt = cpuNanos();
  }

  /** Ends counting. */
  void end(long spilledBytes) {
    cpuMillis = (cpuNanos() - startedAt) / NANOS_PER_MILLI;
    spilledMib = spilledBytes / BYTES_PER_MIB;
  }

  /** Takes note of what a pool of buffers was good for. */
  void pool(long hits, long misses) {
    poolHits = hits;
    poolMisses = misses;
  }

  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
