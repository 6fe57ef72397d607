package dev.keymerge.cli;

import dev.keymerge.MergeException;
import dev.keymerge.MergeHandle;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns Ctrl-C and SIGTERM into a clean end: the merge that runs is cancelled, and the process
 * waits for it; a command that cannot be cancelled is only waited for, and one that only reads is
 * not.
 *
 * <p>A signal makes the JVM run {@link #stop} on a thread of its own while the main thread goes on:
 * the cancelled merge fails there, the failure is printed, and {@link #ended} releases the waiting
 * thread, which ends the process with the code that the main thread found. A merge that was already
 * being published completes, and so does the process, with 0. Thread-safe.
 */
final class Cancellation {
  /** What the process ends with after a signal. */
  static final int CANCELLED = 130;

  /**
   * What the process ends with if the command does not end in time: nobody knows what became of it.
   */
  static final int OUTCOME_UNKNOWN = 7;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Shell shell;
  private final Duration patience;
  private final CountDownLatch end = new CountDownLatch(1);
  private @Nullable MergeHandle running;
  private boolean settling;
  private boolean cancelled;
  private int exitCode;

  Cancellation(Shell shell) {
    this(shell, PATIENCE);
  }

  /** Waits for {@code patience} after a signal, and no longer. */
  Cancellation(Shell shell, Duration patience) {
    this.shell = shell;
    this.patience = patience;
  }

  /**
   * Starts a merge that a signal cancels from now on.
   *
   * @throws MergeException.Cancelled if the signal has already come
   */
  synchronized MergeHandle start(Supplier<MergeHandle> starter) {
    refuseAfterSignal("merge");
    MergeHandle handle = starter.get();
    running = handle;
    return handle;
  }

  /**
   * Says that from now on the command may change a dataset in a way that cannot be cancelled: a
   * signal then waits for {@link #ended}.
   *
   * @throws MergeException.Cancelled if the signal has already come
   */
  synchronized void startUninterruptible() {
    refuseAfterSignal("command");
    settling = true;
  }

  /**
   * Says that from now on the command reads, and at most completes a merge that was interrupted,
   * which may be stopped at any instant: a signal waits for nothing.
   *
   * @throws MergeException.Cancelled if the signal has already come
   */
  synchronized void startReading() {
    refuseAfterSignal("command");
  }

  /** Says that everything has been printed, and what the process shall end with. */
  void ended(int code) {
    synchronized (this) {
      exitCode = code;
    }
    end.countDown();
  }

  /**
   * Cancels what runs, if that can be, waits a while for {@link #ended}, and returns what the
   * process shall end with.
   */
  int stop() {
    if (end.getCount() > 0 && !cancel()) {
      shell.err().println("keymerge: Cancelled.");
      return CANCELLED;
    }
    try {
      if (end.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        synchronized (this) {
          return exitCode;
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    shell.err().println(unknown().text());
    return OUTCOME_UNKNOWN;
  }

  /** Returns whether a signal has come. */
  synchronized boolean cancelled() {
    return cancelled;
  }

  private synchronized Failure unknown() {
    String message =
        (settling ? "The command did not end within " : "The merge did not stop within ")
            + patience.toSeconds()
            + " seconds.";
    String remedy =
        "Run keymerge recover on the target: it completes "
            + (settling ? "a merge or an undo" : "the merge")
            + " if that was decided, and otherwise removes what it has left.";
    return new Failure("outcome_unknown", message, remedy, OUTCOME_UNKNOWN);
  }

  private synchronized void refuseAfterSignal(String what) {
    if (cancelled) {
      throw new MergeException.Cancelled(
          "Cancelled before the " + what + " began.", "Run the command again when you are ready.");
    }
  }

  /** Cancels what runs and returns whether there is an end to wait for. */
  private synchronized boolean cancel() {
    cancelled = true;
    if (running == null) {
      return settling;
    }
    running.cancel();
    try {
      // The merge may be waiting for the next row there, and would not hear otherwise.
      shell.in().close();
    } catch (IOException e) {
      shell.err().println("keymerge: Cannot close standard input: " + e.getMessage());
    }
    return true;
  }
}
