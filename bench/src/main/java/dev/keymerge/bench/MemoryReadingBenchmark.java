package dev.keymerge.bench;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MemoryMonitor;
import dev.keymerge.MemoryPressure;
import dev.keymerge.internal.memory.MemoryProbe;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures what watching memory costs: a reading of the process and the system, which is taken ten
 * times a second at most, and asking for the level, which merges do at every checkpoint.
 *
 * <p>Run {@code MemoryReadingBenchmark} through the JMH main class.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"--add-opens=java.base/java.nio=ALL-UNNAMED", "-Xmx256m"})
public class MemoryReadingBenchmark {
  private final MemoryProbe probe = new MemoryProbe(Path.of("/"));
  private final MemoryMonitor monitor = MemoryMonitor.ofProcess(MemoryLimits.ofContainer());

  /** Reads what the process takes and what the system can spare. */
  @Benchmark
  public long reading() {
    return probe.residentBytes().orElseThrow() + probe.availableBytes().orElseThrow();
  }

  /** Asks for the level, which takes a reading when the last one is too old. */
  @Benchmark
  public MemoryPressure level() {
    return monitor.pressure();
  }
}
