package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.internal.progress.CancelToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Runs the independent pieces of one stage on the threads of one merge.
 *
 * <p>Closing waits for the threads; nothing of a merge runs on after its workers are closed. For
 * one thread.
 */
final class Workers implements AutoCloseable {
  private final DaemonPool pool;
  private final CancelToken cancel;

  Workers(int threads, CancelToken cancel) {
    this.cancel = cancel;
    this.pool = new DaemonPool("keymerge-worker", threads);
  }

  /**
   * Runs all pieces and returns their results in the same order.
   *
   * <p>When one fails, the others are told to stop, and the first failure that is not such a stop
   * is thrown once all have ended.
   */
  <T> List<T> runAll(List<Callable<T>> pieces) throws IOException {
    List<Future<T>> futures = new ArrayList<>(pieces.size());
    for (Callable<T> piece : pieces) {
      futures.add(pool.submit(() -> run(piece)));
    }
    List<T> results = new ArrayList<>(pieces.size());
    Throwable failure = null;
    for (Future<T> future : futures) {
      try {
        results.add(await(future));
      } catch (ExecutionException e) {
        failure = graver(failure, e.getCause() == null ? e : e.getCause());
      }
    }
    if (failure != null) {
      throw rethrow(failure);
    }
    return results;
  }

  private <T> T run(Callable<T> piece) throws Exception {
    cancel.check();
    try {
      return piece.call();
    } catch (Throwable e) {
      cancel.cancel();
      throw e;
    }
  }

  /** Waits without giving in to interrupts: who wants to stop a merge cancels it. */
  private static <T> T await(Future<T> future) throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Throwable graver(@Nullable Throwable known, Throwable next) {
    if (known == null
        || (known instanceof MergeException.Cancelled
            && !(next instanceof MergeException.Cancelled))) {
      return next;
    }
    return known;
  }

  private static IOException rethrow(Throwable failure) throws IOException {
    if (failure instanceof RuntimeException runtime) {
      throw runtime;
    } else if (failure instanceof Error error) {
      throw error;
    } else if (failure instanceof IOException io) {
      return io;
    }
    throw new IllegalStateException(failure);
  }

  @Override
  public void close() {
    pool.close();
  }
}
