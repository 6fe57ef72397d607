package dev.keymerge;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryProbe;
import dev.keymerge.internal.memory.PressureSource;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Watches how much memory an engine, its process and the system around it take.
 *
 * <p>Nothing runs in the background: whoever asks gets a reading that is at most {@value
 * #SAMPLE_MILLIS} milliseconds old, and takes a new one if need be. The threads of merges ask at
 * their checkpoints. A reading takes about a millisecond while code is not compiled yet, so all of
 * them together take about a hundredth of one thread's time at most.
 *
 * <p>Limits come from {@link MemoryLimits}; where these say nothing, from the container (control
 * groups of version 1 or 2) or else the machine.
 *
 * <p>Get one from {@link MergeEngine#memoryMonitor}, or make one for yourself with {@link
 * #ofProcess}. Thread-safe; holds nothing that needs closing.
 */
public final class MemoryMonitor {
  /** How old a reading may be. */
  public static final int SAMPLE_MILLIS = 100;

  private static final long SAMPLE_NANOS = TimeUnit.MILLISECONDS.toNanos(SAMPLE_MILLIS);

  private final @Nullable MemoryBudget budget;
  private final MemoryProbe probe;
  private final long processLimitBytes;
  private final long systemLimitBytes;
  private final long minFreeBytes;
  private final LongSupplier nanoTime;
  private final List<Consumer<MemoryStatus>> listeners = new CopyOnWriteArrayList<>();
  private final AtomicBoolean sampling = new AtomicBoolean();
  private volatile Reading reading;

  MemoryMonitor(
      @Nullable MemoryBudget budget,
      MemoryLimits limits,
      MemoryProbe probe,
      LongSupplier nanoTime) {
    this.budget = budget;
    this.probe = probe;
    this.nanoTime = nanoTime;
    long system = probe.limitBytes();
    processLimitBytes = limits.processBytes().orElse(system);
    minFreeBytes = limits.minFreeBytes();
    systemLimitBytes = Math.max(1, system - minFreeBytes);
    reading = read();
  }

  /** Returns a monitor of this process that knows of no engine: Arrow's part is 0. */
  public static MemoryMonitor ofProcess(MemoryLimits limits) {
    return new MemoryMonitor(null, limits, new MemoryProbe(Path.of("/")), System::nanoTime);
  }

  static MemoryMonitor of(MemoryBudget budget, MemoryLimits limits) {
    return new MemoryMonitor(budget, limits, new MemoryProbe(Path.of("/")), System::nanoTime);
  }

  /** Returns how memory stands. */
  public MemoryStatus status() {
    return current().status;
  }

  /** Returns the worst level of Arrow, process and system. */
  public MemoryPressure pressure() {
    return current().status.pressure();
  }

  /**
   * Has {@code listener} told whenever the level has changed, on the thread that notices, which may
   * be one that merges: it should be quick. One that throws is not called again.
   *
   * @return ends that when it is run
   */
  public Runnable addListener(Consumer<MemoryStatus> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Returns what merges react to. */
  PressureSource source() {
    return new PressureSource() {
      @Override
      public MemoryPressure pressure() {
        return MemoryMonitor.this.pressure();
      }

      @Override
      public MemoryPressure outside() {
        return current().outside;
      }

      @Override
      public String explanation() {
        return MemoryMonitor.this.explanation();
      }
    };
  }

  private Reading current() {
    Reading last = reading;
    if (nanoTime.getAsLong() - last.takenAt < SAMPLE_NANOS
        || !sampling.compareAndSet(false, true)) {
      return last;
    }
    Reading next;
    try {
      next = read();
      reading = next;
    } finally {
      sampling.set(false);
    }
    if (next.status.pressure() != last.status.pressure()) {
      tell(next.status);
    }
    return next;
  }

  private Reading read() {
    long arrow = budget == null ? 0 : budget.usedBytes(MemoryKind.NATIVE);
    long arrowLimit = budget == null ? MemoryStatus.UNKNOWN : budget.limitBytes(MemoryKind.NATIVE);
    long resident = probe.residentBytes().orElse(MemoryStatus.UNKNOWN);
    long available = probe.availableBytes().orElse(MemoryStatus.UNKNOWN);
    Runtime runtime = Runtime.getRuntime();
    long committed = runtime.totalMemory();
    MemoryPressure inside = MemoryPressure.of(arrow, arrowLimit);
    MemoryPressure outside = MemoryPressure.of(Math.max(0, resident), processLimitBytes);
    if (available != MemoryStatus.UNKNOWN) {
      long spare = Math.max(0, available - minFreeBytes);
      outside = outside.or(MemoryPressure.of(systemLimitBytes - spare, systemLimitBytes));
    }
    MemoryPressure arrowLevel =
        inside == MemoryPressure.EMERGENCY ? MemoryPressure.CRITICAL : inside;
    return new Reading(
        nanoTime.getAsLong(),
        outside,
        new MemoryStatus(
            arrow,
            arrowLimit,
            committed - runtime.freeMemory(),
            runtime.maxMemory(),
            resident == MemoryStatus.UNKNOWN
                ? MemoryStatus.UNKNOWN
                : Math.max(0, resident - committed),
            resident,
            processLimitBytes,
            available,
            systemLimitBytes,
            outside.or(arrowLevel)));
  }

  private void tell(MemoryStatus status) {
    // Who cannot cope with a message must not break the merge that brings it.
    listeners.removeIf(listener -> !told(listener, status));
  }

  private static boolean told(Consumer<MemoryStatus> listener, MemoryStatus status) {
    try {
      listener.accept(status);
      return true;
    } catch (RuntimeException unwanted) {
      return false;
    }
  }

  private String explanation() {
    MemoryStatus status = status();
    return "the process takes "
        + MemoryBudget.readable(status.residentBytes())
        + " of "
        + MemoryBudget.readable(status.processLimitBytes())
        + ", and the system can spare "
        + MemoryBudget.readable(status.systemAvailableBytes())
        + (minFreeBytes == 0
            ? ""
            : ", of which " + MemoryBudget.readable(minFreeBytes) + " should stay free");
  }

  /** Keeps what was read, and when. */
  private record Reading(long takenAt, MemoryPressure outside, MemoryStatus status) {}
}
