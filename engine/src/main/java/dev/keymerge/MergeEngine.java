package dev.keymerge;

import dev.keymerge.internal.job.EngineSettings;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.SpillSettings;
import dev.keymerge.internal.memory.MemoryBudget;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Merges sources into Parquet datasets under one memory budget.
 *
 * <p>Build one with {@link #builder()} and close it when done; closing waits for merges that run.
 * One engine runs many merges, also at the same time, up to a bound; further ones queue.
 * Thread-safe.
 */
public final class MergeEngine implements AutoCloseable {
  private final MergeRunner runner;
  private final MemoryMonitor monitor;

  private MergeEngine(MergeRunner runner, MemoryMonitor monitor) {
    this.runner = runner;
    this.monitor = monitor;
  }

  /**
   * Starts an engine with the defaults: 60 % of the container's memory, one thread per processor,
   * two merges at once.
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Merges and waits for the end.
   *
   * <p>If the calling thread is interrupted, the merge is cancelled and the thread's interrupt
   * status stays set.
   *
   * @return what was done
   * @throws MergeException why nothing was done; the target is untouched unless it is {@link
   *     MergeException.OutcomeUnknown}
   */
  public MergeResult merge(MergeRequest request) {
    return runner.run(request, null, RunMode.MERGE);
  }

  /**
   * Merges, tells {@code listener} how far it has come, and waits for the end.
   *
   * @param listener called on a thread of its own; may be slow or throw without harm
   * @return what was done
   * @throws MergeException why nothing was done; the target is untouched unless it is {@link
   *     MergeException.OutcomeUnknown}
   */
  public MergeResult merge(MergeRequest request, ProgressListener listener) {
    return runner.run(request, listener, RunMode.MERGE);
  }

  /**
   * Finds out what a merge would do, and writes nothing to the target.
   *
   * <p>Row counts are exact. A source that can be read only once is used up.
   *
   * @throws MergeException why the merge would fail before anything is written
   */
  public MergeResult plan(MergeRequest request) {
    return runner.run(request, null, RunMode.DRY_RUN);
  }

  /**
   * Finds out what a merge would do, telling {@code listener} how far that has come, and writes
   * nothing to the target.
   *
   * @throws MergeException why the merge would fail before anything is written
   */
  public MergeResult plan(MergeRequest request, ProgressListener listener) {
    return runner.run(request, listener, RunMode.DRY_RUN);
  }

  /**
   * Starts a merge in the background.
   *
   * @param listener called on a thread of its own; null for none
   */
  public MergeHandle submit(MergeRequest request, @Nullable ProgressListener listener) {
    return runner.submit(request, listener, RunMode.MERGE);
  }

  /**
   * Starts finding out, in the background, what a merge would do; see {@link #plan(MergeRequest)}.
   */
  public MergeHandle submitPlan(MergeRequest request, @Nullable ProgressListener listener) {
    return runner.submit(request, listener, RunMode.DRY_RUN);
  }

  /**
   * Describes a dataset as its footers tell, reading no values.
   *
   * @param target a directory of Parquet files, or one such file
   * @param keyColumns columns whose bounds and indexes are of interest; may be empty
   * @throws MergeException.InvalidRequest if nothing stands there, or no file has a key column
   */
  public DatasetInfo inspect(Path target, List<String> keyColumns) {
    return inspect(target.toString(), keyColumns);
  }

  /** Describes a dataset as {@link #inspect(Path, List)} does. */
  public DatasetInfo inspect(String target, List<String> keyColumns) {
    return runner.inspect(target, keyColumns);
  }

  /**
   * Completes or takes back what an interrupted merge has left of itself, and removes what nobody
   * needs any more. Every merge does so first; repeating it is harmless.
   *
   * @return what was done
   * @throws MergeException.Conflict if someone else changed a file that a committed merge has still
   *     to publish; the message names it, and nothing of theirs is touched
   * @throws MergeException.InputOutput if a file cannot be read or written; try again
   */
  public RecoveryResult recover(Path target) {
    return recover(target.toString());
  }

  /** Settles interrupted merges as {@link #recover(Path)} does. */
  public RecoveryResult recover(String target) {
    return runner.recover(target);
  }

  /**
   * Takes back the last merge that has not been taken back yet, all or nothing. Files that it did
   * not touch stay as they are. It cannot be taken back itself.
   *
   * @return what was done
   * @throws MergeException.InvalidRequest if there is no such merge, or the version before it is
   *     not kept; see {@link MergeRequest.Builder#keepPrevious}
   * @throws MergeException.Conflict if a file that the merge wrote was changed since
   */
  public UndoResult undo(Path target) {
    return undo(target.toString());
  }

  /** Takes the last merge back as {@link #undo(Path)} does. */
  public UndoResult undo(String target) {
    return runner.undo(target);
  }

  /**
   * Returns what was done to a dataset, oldest first: the last thousand merges that changed it, and
   * what was taken back.
   */
  public List<HistoryEntry> history(Path target) {
    return history(target.toString());
  }

  /** Returns what was done to a dataset as {@link #history(Path)} does. */
  public List<HistoryEntry> history(String target) {
    return runner.history(target);
  }

  /**
   * Starts reading a dataset chunk by chunk; the caller closes the scan, before the engine.
   *
   * <p>Nested columns cannot be read, and files must agree on their columns. Waits, as a merge
   * does, while other merges hold more than their part of the memory.
   *
   * @param dataset a directory of Parquet files, or one such file
   * @param columns names of the columns to read, in order; if there are none, all flat columns
   * @throws MergeException.InvalidRequest if nothing stands there, or a column is missing
   * @throws MergeException.BadData if files are damaged or differ in their columns
   */
  public DatasetScan scan(Path dataset, List<String> columns) {
    return new DatasetScan(runner.scan(dataset.toString(), columns));
  }

  /** Returns what watches the memory of this engine, its process and the system. */
  public MemoryMonitor memoryMonitor() {
    return monitor;
  }

  /**
   * Waits for running merges, refuses new ones and gives all memory back. Closing twice is
   * harmless.
   */
  @Override
  public void close() {
    runner.close();
  }

  /** Collects the settings of an engine. Not thread-safe. */
  public static final class Builder {
    private static final int DEFAULT_CONCURRENT_MERGES = 2;

    private @Nullable MemoryLimits memoryLimits;
    private int threads = Runtime.getRuntime().availableProcessors();
    private int concurrentMerges = DEFAULT_CONCURRENT_MERGES;
    private int cpuPercent = EngineSettings.ALL_CPU;
    private @Nullable Path spillDirectory;
    private long spillBytes = Long.MAX_VALUE;

    private Builder() {}

    /** Sets how much memory the engine may hold; {@link MemoryLimits#ofContainer} unless set. */
    public Builder memoryLimits(MemoryLimits limits) {
      this.memoryLimits = limits;
      return this;
    }

    /**
     * Sets how many files each merge works on at once, at least 1; the number of processors unless
     * set.
     */
    public Builder threads(int count) {
      this.threads = atLeastOne(count, "threads");
      return this;
    }

    /** Sets how many merges run at once, at least 1; further ones wait. */
    public Builder concurrentMerges(int count) {
      this.concurrentMerges = atLeastOne(count, "concurrent merges");
      return this;
    }

    /**
     * Sets where merges put what does not fit into memory; each makes a directory of its own there
     * and removes it. Unless set, it goes beside the files that a merge stages, so to the target's
     * file system.
     */
    public Builder spillDirectory(Path directory) {
      this.spillDirectory = directory;
      return this;
    }

    /**
     * Sets how many bytes one merge may put on disk because they do not fit into memory, at least
     * 1; only the disk limits it unless set.
     */
    public Builder spillLimit(long bytes) {
      if (bytes < 1) {
        throw new MergeException.InvalidRequest(
            "A spill limit of " + bytes + " bytes is not possible.", "Allow at least one byte.");
      }
      this.spillBytes = bytes;
      return this;
    }

    /**
     * Sets how much of the processors' time the process should use while merges run, in percent of
     * all processors, from 1 to 100; merges pause to stay below it. All of it unless set.
     */
    public Builder cpuLimit(int percent) {
      if (percent < 1 || percent > EngineSettings.ALL_CPU) {
        throw new MergeException.InvalidRequest(
            "A limit of " + percent + " % of the processors is not possible.",
            "Give a percentage from 1 to 100.");
      }
      this.cpuPercent = percent;
      return this;
    }

    /**
     * Builds the engine.
     *
     * @throws MergeException.InvalidRequest if the JVM lacks a flag that is needed; the message
     *     names it
     */
    public MergeEngine build() {
      MemoryLimits limits = memoryLimits == null ? MemoryLimits.ofContainer() : memoryLimits;
      MemoryBudget budget = new MemoryBudget(limits.pools());
      MemoryMonitor monitor = MemoryMonitor.of(budget, limits);
      EngineSettings settings =
          new EngineSettings(
              threads, concurrentMerges, cpuPercent, new SpillSettings(spillDirectory, spillBytes));
      return new MergeEngine(new MergeRunner(budget, settings, monitor.source()), monitor);
    }

    private static int atLeastOne(int count, String what) {
      if (count < 1) {
        throw new MergeException.InvalidRequest(
            "An engine with " + count + " " + what + " is not possible.", "Ask for at least 1.");
      }
      return count;
    }
  }
}
