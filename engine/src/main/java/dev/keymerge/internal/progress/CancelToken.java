package dev.keymerge.internal.progress;

import dev.keymerge.MergeException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Carries the wish to stop from whoever cancels a merge to every thread that works on it.
 *
 * <p>Threads are never interrupted, because an interrupt closes the file channel that it meets;
 * they ask here instead, at least once per page or batch. Whoever wants to slow a merge down does
 * it here, too. Thread-safe.
 */
public final class CancelToken {
  private enum State {
    RUNNING,
    CANCELLED,
    COMMITTING
  }

  private final Consumer<BooleanSupplier> pause;
  private State state = State.RUNNING;

  /** Creates a token of a merge that is never slowed down. */
  public CancelToken() {
    this(cancelled -> {});
  }

  /**
   * Creates a token.
   *
   * @param pause run by every thread that asks whether to stop; may sleep, and gets what tells it
   *     that the merge is cancelled meanwhile
   */
  public CancelToken(Consumer<BooleanSupplier> pause) {
    this.pause = pause;
  }

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
    if (running()) {
      pause.accept(this::cancelled);
    }
    failIfCancelled();
  }

  private void failIfCancelled() {
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
    failIfCancelled();
  }

  private synchronized boolean running() {
    return state == State.RUNNING;
  }

  private synchronized boolean cancelled() {
    return state == State.CANCELLED;
  }
}
