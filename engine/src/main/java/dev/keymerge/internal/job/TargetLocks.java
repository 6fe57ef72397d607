package dev.keymerge.internal.job;

import dev.keymerge.internal.storage.StoragePath;
import java.util.HashSet;
import java.util.Set;

/**
 * Lets the merges of one engine into one target run one after the other: two that publish at the
 * same moment would each replace what the other has just written.
 *
 * <p>Thread-safe. Merges of other engines and processes are not seen here.
 */
final class TargetLocks {
  private static final long CHECK_MILLIS = 100;

  private final Set<StoragePath> held = new HashSet<>();

  /** Holds a target until it is closed. */
  interface Lease extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Waits until nobody holds {@code target}; the caller closes what it gets.
   *
   * @param checkpoint run again and again while waiting; may throw to end the wait
   */
  Lease acquire(StoragePath target, Runnable checkpoint) {
    boolean interrupted = false;
    try {
      while (!tryHold(target)) {
        checkpoint.run();
        interrupted |= awaitRelease();
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    return () -> release(target);
  }

  private synchronized boolean tryHold(StoragePath target) {
    return held.add(target);
  }

  /** Waits for a while, and returns whether that was interrupted: the checkpoint has the say. */
  @SuppressWarnings({"WaitNotInLoop", "NakedNotify"}) // the caller loops
  private synchronized boolean awaitRelease() {
    try {
      wait(CHECK_MILLIS);
      return false;
    } catch (InterruptedException interrupt) {
      return true;
    }
  }

  @SuppressWarnings("NakedNotify")
  private synchronized void release(StoragePath target) {
    held.remove(target);
    notifyAll();
  }
}
