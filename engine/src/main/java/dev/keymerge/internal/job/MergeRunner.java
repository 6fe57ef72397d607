package dev.keymerge.internal.job;

import dev.keymerge.DatasetInfo;
import dev.keymerge.HistoryEntry;
import dev.keymerge.MergeException;
import dev.keymerge.MergeHandle;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.ProgressListener;
import dev.keymerge.RecoveryResult;
import dev.keymerge.UndoResult;
import dev.keymerge.internal.commit.DatasetLock;
import dev.keymerge.internal.commit.LockRequest;
import dev.keymerge.internal.commit.MergeUndo;
import dev.keymerge.internal.commit.OverlappingDatasets;
import dev.keymerge.internal.inspect.DatasetInspector;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PressureSource;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs merges on threads of its own, a bounded number at once, under one memory budget.
 *
 * <p>Callers' threads never change a file, so that interrupting them cannot break one. Thread-safe.
 */
public final class MergeRunner implements AutoCloseable {
  // Apart from those of merges, so that nobody waits for a merge that may be waiting for him.
  private static final int SETTLING_THREADS = 4;

  private final MemoryBudget budget;
  private final Storage storage;
  private final Tuning tuning;
  private final SpillSettings spill;
  private final PressureSource pressure;
  private final CpuThrottle throttle;
  private final DaemonPool pool;
  private final DaemonPool settling;

  /** Creates a runner for the local file system. */
  public MergeRunner(MemoryBudget budget, EngineSettings settings, PressureSource pressure) {
    this(budget, new LocalStorage(), Tuning.of(settings.threads()), settings, pressure);
  }

  /**
   * Creates a runner over any storage that spills where the merge stages its files, and watches no
   * memory but the budget.
   */
  public MergeRunner(MemoryBudget budget, Storage storage, Tuning tuning, int concurrentMerges) {
    this(
        budget,
        storage,
        tuning,
        new EngineSettings(
            tuning.threads(), concurrentMerges, EngineSettings.ALL_CPU, SpillSettings.DEFAULT),
        PressureSource.NONE);
  }

  /** Creates a runner; how many threads a merge has is in {@code tuning}. */
  public MergeRunner(
      MemoryBudget budget,
      Storage storage,
      Tuning tuning,
      EngineSettings settings,
      PressureSource pressure) {
    RuntimeCheck.requireNativeMemory();
    this.budget = budget;
    this.storage = storage;
    this.tuning = tuning;
    this.spill = settings.spill();
    this.pressure = pressure;
    this.throttle = CpuThrottle.of(settings.cpuPercent());
    this.pool = new DaemonPool("keymerge-merge", settings.concurrentMerges());
    this.settling = new DaemonPool("keymerge-settle", SETTLING_THREADS);
  }

  /** Runs a merge and waits for its end; an interrupt of the caller cancels it. */
  public MergeResult run(MergeRequest request, @Nullable ProgressListener listener, RunMode mode) {
    MergeHandle handle = submit(request, listener, mode);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return handle.await();
        } catch (InterruptedException e) {
          interrupted = true;
          handle.cancel();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Starts a merge. */
  public MergeHandle submit(
      MergeRequest request, @Nullable ProgressListener listener, RunMode mode) {
    JobSettings settings = jobSettings();
    CancelToken cancel = cancelToken(settings.brake());
    MergeJob job = new MergeJob(request, mode, settings, cancel);
    try {
      return new Running(pool.submit(() -> job.run(listener)), cancel);
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("The engine is closed.", e);
    }
  }

  /** Opens a scan, which runs on the caller's thread; the caller closes it. */
  public ScanJob scan(String dataset, List<String> columns) {
    settleIfPending(dataset);
    JobSettings settings = jobSettings();
    return ScanJob.open(settings, cancelToken(settings.brake()), dataset, columns);
  }

  private JobSettings jobSettings() {
    return new JobSettings(
        storage,
        budget,
        tuning,
        spill,
        pressure,
        new PressureBrake(pressure, CpuThrottle.Clocks.ofProcess()));
  }

  private CancelToken cancelToken(PressureBrake brake) {
    return new CancelToken(
        cancelled -> {
          throttle.pause(cancelled);
          brake.pause(cancelled);
        });
  }

  /** Describes a dataset on the caller's thread, which only reads. */
  public DatasetInfo inspect(String target, List<String> keyColumns) {
    settleIfPending(target);
    try (ParquetMemory memory = new ParquetMemory(budget, "Parquet footers")) {
      return new DatasetInspector(storage, memory, keyColumns).inspect(target);
    }
  }

  /** Settles what interrupted merges into {@code target} have left. */
  public RecoveryResult recover(String target) {
    return onPool(() -> alone(target, "recover", path -> recovery().beforeChanging(path)));
  }

  /** Takes the last merge into {@code target} back. */
  public UndoResult undo(String target) {
    return onPool(
        () ->
            alone(
                target,
                "undo",
                path -> {
                  requireCompletedAround(path);
                  recovery().beforeChanging(path);
                  return new MergeUndo(storage, budget).run(path);
                }));
  }

  private void requireCompletedAround(StoragePath target) {
    try {
      new OverlappingDatasets(storage, target).requireCompletedAround();
    } catch (IOException failure) {
      throw StorageFailure.of("look around the target " + target, failure);
    }
  }

  /** Works on a target while nobody else changes it. */
  private <T> T alone(String target, String operation, Function<StoragePath, T> work)
      throws IOException {
    StoragePath path = storage.resolve(target);
    String id = UUID.randomUUID().toString();
    try (DatasetLock lock = DatasetLock.acquire(storage, path, LockRequest.atOnce(operation, id))) {
      lock.describe(id);
      return work.apply(path);
    }
  }

  /** Returns what was done to {@code target}, oldest first. */
  public List<HistoryEntry> history(String target) {
    return onPool(
        () -> {
          settleForReading(target);
          return MergeUndo.history(storage, storage.resolve(target));
        });
  }

  private void settleIfPending(String target) {
    if (isPending(target)) {
      onPool(
          () -> {
            settleForReading(target);
            return true;
          });
    }
  }

  private boolean isPending(String target) {
    try {
      return recovery().isPending(storage.resolve(target));
    } catch (IOException failure) {
      throw StorageFailure.of("look at the target " + target, failure);
    }
  }

  private void settleForReading(String target) {
    try {
      recovery().beforeReading(storage.resolve(target), () -> {});
    } catch (IOException failure) {
      throw StorageFailure.of("look at the target " + target, failure);
    }
  }

  private TargetRecovery recovery() {
    return new TargetRecovery(storage, budget);
  }

  /**
   * Runs a task that cannot be cancelled on a thread that no merge needs, and waits for its end.
   */
  private <T> T onPool(Callable<T> task) {
    Future<T> future;
    try {
      future = settling.submit(task);
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("The engine is closed.", e);
    }
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return result(future);
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

  private static <T> T result(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof MergeException failure) {
        throw failure;
      } else if (cause instanceof Error error) {
        throw error;
      } else if (cause instanceof IOException failure) {
        throw StorageFailure.of("work on the target", failure);
      }
      throw new IllegalStateException(
          "The merge failed for a reason that is a bug: " + cause, cause);
    }
  }

  @Override
  public void close() {
    pool.close();
    settling.close();
  }

  /** Follows a merge on the pool. */
  private record Running(Future<MergeResult> future, CancelToken token) implements MergeHandle {
    @Override
    public void cancel() {
      token.cancel();
    }

    @Override
    public boolean done() {
      return future.isDone();
    }

    @Override
    public MergeResult await() throws InterruptedException {
      return result(future);
    }
  }
}
