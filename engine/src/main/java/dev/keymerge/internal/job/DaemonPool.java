package dev.keymerge.internal.job;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs tasks on a fixed number of named threads that do not keep the process alive.
 *
 * <p>Closing takes no more tasks and waits for all that were taken, whatever interrupts come
 * meanwhile. Thread-safe.
 */
final class DaemonPool implements AutoCloseable {
  private final ExecutorService executor;

  /** Creates a pool whose threads are named {@code name} and a number. */
  DaemonPool(String name, int threads) {
    AtomicInteger number = new AtomicInteger();
    this.executor =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Starts a task as soon as a thread is free.
   *
   * @throws java.util.concurrent.RejectedExecutionException once the pool is closed
   */
  <T> Future<T> submit(Callable<T> task) {
    return executor.submit(task);
  }

  @Override
  public void close() {
    executor.shutdown();
    boolean interrupted = false;
    while (true) {
      try {
        if (executor.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
