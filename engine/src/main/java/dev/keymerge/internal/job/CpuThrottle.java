package dev.keymerge.internal.job;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Keeps the process below a share of the processors' time by letting the threads of merges pause.
 *
 * <p>Processor time is an account that fills with the clock and that all threads of the process
 * draw on, those of the collector and the compilers too. A thread that finds the account overdrawn
 * at one of its checkpoints sleeps until it will be even, whichever thread overdrew it: so every
 * merge runs at the same pace. However much the rest of an application takes, a thread never sleeps
 * longer than {@link #LONGEST_PAUSE_NANOS} at a time, so that merges go on.
 *
 * <p>Thread-safe.
 */
final class CpuThrottle {
  /** Longest sleep at one checkpoint. */
  static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A cancelled merge waits for no longer than this. */
  private static final long SLICE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Looking more often would cost more than it could save. */
  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** What may be saved up while nothing runs, in time of the whole share. */
  private static final long MOST_SAVED_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final double processorsGranted;
  private final Clocks clocks;
  private final boolean unlimited;
  private volatile long lookedAt;
  private long spentAt;
  private double balanceNanos;

  /**
   * Creates a throttle.
   *
   * @param processorsGranted how many processors the process may keep busy, a part of one counts
   * @param unlimited whether nobody ever pauses
   */
  CpuThrottle(double processorsGranted, boolean unlimited, Clocks clocks) {
    this.processorsGranted = processorsGranted;
    this.unlimited = unlimited;
    this.clocks = clocks;
    this.lookedAt = clocks.wall().getAsLong();
    this.spentAt = clocks.spent().getAsLong();
  }

  /** Returns a throttle for {@code percent} of all processors; 100 never pauses anyone. */
  static CpuThrottle of(int percent) {
    boolean unlimited = percent >= EngineSettings.ALL_CPU;
    double processors = Runtime.getRuntime().availableProcessors() * percent / 100.0;
    return new CpuThrottle(processors, unlimited, Clocks.ofProcess());
  }

  /** Lets the calling thread sleep if too much was spent; ends early once {@code cancelled}. */
  void pause(BooleanSupplier cancelled) {
    if (unlimited || clocks.wall().getAsLong() - lookedAt < LOOK_EVERY_NANOS) {
      return;
    }
    long rest = Math.min(overdrawnNanos(), LONGEST_PAUSE_NANOS);
    while (rest > 0 && !cancelled.getAsBoolean()) {
      long slice = Math.min(rest, SLICE_NANOS);
      clocks.sleeper().sleep(slice);
      rest -= slice;
    }
  }

  /** Returns how long the account takes to become even if nobody draws on it. */
  private synchronized long overdrawnNanos() {
    long now = clocks.wall().getAsLong();
    long spent = clocks.spent().getAsLong();
    balanceNanos += (now - lookedAt) * processorsGranted - (spent - spentAt);
    balanceNanos = Math.min(balanceNanos, MOST_SAVED_NANOS * processorsGranted);
    lookedAt = now;
    spentAt = spent;
    return (long) Math.max(0, -balanceNanos / processorsGranted);
  }

  /**
   * Tells time and lets it pass.
   *
   * @param wall nanoseconds of the clock
   * @param spent nanoseconds of processor time that the process has used
   * @param sleeper lets the calling thread sleep
   */
  record Clocks(LongSupplier wall, LongSupplier spent, Sleeper sleeper) {
    static Clocks ofProcess() {
      LongSupplier spent =
          ManagementFactory.getOperatingSystemMXBean()
                  instanceof com.sun.management.OperatingSystemMXBean system
              ? system::getProcessCpuTime
              : () -> 0;
      // An interrupt makes parking return at once; the account stays overdrawn then, and the next
      // checkpoint pauses again.
      return new Clocks(System::nanoTime, spent, LockSupport::parkNanos);
    }
  }

  /** Lets a thread sleep. */
  @FunctionalInterface
  interface Sleeper {
    /** Sleeps for about {@code nanos}. */
    void sleep(long nanos);
  }
}
