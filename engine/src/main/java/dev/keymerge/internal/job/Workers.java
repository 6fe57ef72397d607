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
  private final int threads;

  Workers(int threads, CancelToken cancel) {
    this.threads = threads;
    this.cancel = cancel;
    this.pool = new DaemonPool("keymerge-worker", threads);
  }

  /**
   * Runs all pieces and returns their results in the same order.
   *
   * <p>A piece that memory does not suffice for while others run beside it is run once more, alone,
   * when these have ended; so it must be possible to run it twice. When one fails otherwise, the
   * others are told to stop, and the first failure that is not such a stop is thrown once all have
   * ended.
   */
  <T> List<T> runAll(List<Callable<T>> pieces) throws IOException {
    boolean alone = threads == 1 || pieces.size() == 1;
    List<Future<Result<T>>> futures = new ArrayList<>(pieces.size());
    for (Callable<T> piece : pieces) {
      futures.add(pool.submit(() -> run(piece, alone)));
    }
    List<Result<T>> results = new ArrayList<>(pieces.size());
    Throwable failure = null;
    for (Future<Result<T>> future : futures) {
      try {
        results.add(await(future));
      } catch (ExecutionException e) {
        failure = graver(failure, e.getCause() == null ? e : e.getCause());
      }
    }
    if (failure != null) {
      throw rethrow(failure);
    }
    return values(pieces, results);
  }

  /** Runs what has to be run alone, and returns the results. */
  private <T> List<T> values(List<Callable<T>> pieces, List<Result<T>> results) throws IOException {
    List<T> values = new ArrayList<>(pieces.size());
    for (int i = 0; i < pieces.size(); i++) {
      Callable<T> piece = pieces.get(i);
      Result<T> result = results.get(i);
      try {
        values.addAll(
            result.refused() ? await(pool.submit(() -> run(piece, true))).value() : result.value());
      } catch (ExecutionException e) {
        throw rethrow(e.getCause() == null ? e : e.getCause());
      }
    }
    return values;
  }

  private <T> Result<T> run(Callable<T> piece, boolean alone) throws Exception {
    try {
      cancel.check();
    } catch (MergeException.LimitExceeded noMemoryAtAll) {
      // Waiting for memory was in vain once: the other pieces shall not each wait as long.
      cancel.cancel();
      throw noMemoryAtAll;
    }
    try {
      return new Result<>(List.of(piece.call()));
    } catch (MergeException.LimitExceeded refused) {
      if (alone) {
        cancel.cancel();
        throw refused;
      }
      return new Result<>(List.of());
    } catch (Throwable e) {
      cancel.cancel();
      throw e;
    }
  }

  /** Holds the value of a piece, or nothing if memory was refused. */
  private record Result<T>(List<T> value) {
    boolean refused() {
      return value.isEmpty();
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
