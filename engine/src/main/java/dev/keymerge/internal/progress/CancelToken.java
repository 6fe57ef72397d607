package dev.keymerge.internal.progress;

import dev.keymerge.MergeException;

/**
 * Carries the wish to stop from whoever cancels a merge to every thread that works on it.
 *
 * <p>Threads are never interrupted, because an interrupt closes the file channel that it meets;
 * they ask here instead, at least once per page or batch. Thread-safe.
 */
public final class CancelToken {
  private enum State {
    RUNNING,
    CANCELLED,
    COMMITTING
  }

  private State state = State.RUNNING;

  /** Asks the merge to stop; without effect once it commits. */
  public synchronized void cancel() {
    if (state == State.RUNNING) {
      state = State.CANCELLED;
    }
  }

  /**
   * Throws if the merge shall stop.
   *
   * @throws dev.keymerge.MergeException.Cancelled if {@link #cancel} was called before the commit
   *     began
   */
  public void check() {
    if (cancelled()) {
      throw new MergeException.Cancelled(
          "The merge was cancelled; the target is as it was.",
          "Run the merge again when you like.");
    }
  }

  /**
   * Marks that the merge commits from now on and cannot be cancelled any more.
   *
   * @throws dev.keymerge.MergeException.Cancelled if {@link #cancel} came first
   */
  public void startCommit() {
    synchronized (this) {
      if (state == State.RUNNING) {
        state = State.COMMITTING;
      }
    }
    check();
  }

  private synchronized boolean cancelled() {
    return state == State.CANCELLED;
  }
}
