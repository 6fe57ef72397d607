package dev.keymerge.internal.progress;

import dev.keymerge.ProgressListener;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a listener at intervals how far a merge has come, on a daemon thread of its own.
 *
 * <p>A listener that is slow only hears less often; one that throws is not called again, and its
 * failure is kept and logged once. Closing has the final state delivered and waits for that, but no
 * longer than a second: after it, the listener hears nothing more.
 *
 * <p>Thread-safe. Closing twice is harmless.
 */
public final class ProgressReporter implements AutoCloseable {
  /** How often a listener hears by default. */
  public static final Duration DEFAULT_INTERVAL = Duration.ofMillis(100);

  private static final Logger LOGGER = LoggerFactory.getLogger(ProgressReporter.class);
  private static final Duration FINAL_WAIT = Duration.ofSeconds(1);

  private final MergeProgress progress;
  private final ProgressListener listener;
  private final long intervalNanos;
  private final long finalWaitNanos;
  private final Thread thread;
  private final Object lock = new Object();

  // All guarded by lock.
  private boolean closing;
  private boolean finished;
  private boolean abandoned;
  private @Nullable Throwable failure;

  private ProgressReporter(
      MergeProgress progress, ProgressListener listener, Duration interval, Duration finalWait) {
    this.progress = progress;
    this.listener = listener;
    this.intervalNanos = interval.toNanos();
    this.finalWaitNanos = finalWait.toNanos();
    this.thread = new Thread(this::run, "keymerge-progress");
    thread.setDaemon(true);
  }

  /**
   * Starts telling {@code listener} about {@code progress} every {@code interval}; the caller
   * closes the reporter.
   */
  public static ProgressReporter start(
      MergeProgress progress, ProgressListener listener, Duration interval) {
    return start(progress, listener, interval, FINAL_WAIT);
  }

  static ProgressReporter start(
      MergeProgress progress, ProgressListener listener, Duration interval, Duration finalWait) {
    ProgressReporter reporter = new ProgressReporter(progress, listener, interval, finalWait);
    reporter.thread.start();
    return reporter;
  }

  /** Returns what the listener threw, or empty if it has not thrown. */
  public Optional<Throwable> listenerFailure() {
    synchronized (lock) {
      return Optional.ofNullable(failure);
    }
  }

  private void run() {
    try {
      boolean last;
      do {
        last = awaitTurn();
      } while (tell() && !last);
    } finally {
      synchronized (lock) {
        finished = true;
        lock.notifyAll();
      }
    }
  }

  /** Waits for an interval or for the end, and returns whether it is the end. */
  private boolean awaitTurn() {
    long deadline = System.nanoTime() + intervalNanos;
    synchronized (lock) {
      while (!closing) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        try {
          waitNanos(left);
        } catch (InterruptedException listenersOwn) {
          // Nobody but the listener can reach this thread, and it has no say in how long it lives.
          continue;
        }
      }
      return closing;
    }
  }

  /** Calls the listener, and returns whether to call it again. */
  private boolean tell() {
    synchronized (lock) {
      if (abandoned) {
        return false;
      }
    }
    try {
      listener.onProgress(progress.snapshot());
      return true;
    } catch (Throwable thrown) {
      synchronized (lock) {
        failure = thrown;
      }
      LOGGER.warn("The progress listener failed and is not called again", thrown);
      return false;
    }
  }

  @Override
  public void close() {
    boolean interrupted = false;
    long deadline = System.nanoTime() + finalWaitNanos;
    synchronized (lock) {
      closing = true;
      lock.notifyAll();
      // A listener that closes the reporter itself must not wait for itself.
      while (!finished && Thread.currentThread() != thread) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          break;
        }
        try {
          waitNanos(left);
        } catch (InterruptedException interrupt) {
          interrupted = true;
        }
      }
      abandoned = Thread.currentThread() != thread;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // the callers loop
  private void waitNanos(long nanos) throws InterruptedException {
    lock.wait(nanos / 1_000_000, (int) (nanos % 1_000_000));
  }
}
