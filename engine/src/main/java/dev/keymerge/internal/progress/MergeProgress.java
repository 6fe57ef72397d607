package dev.keymerge.internal.progress;

import dev.keymerge.MergePhase;
import dev.keymerge.Progress;
import dev.keymerge.internal.memory.MemoryBudget;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * Counts what one merge has done so far.
 *
 * <p>Created when the merge begins, in the phase {@link MergePhase#PLANNING}. Thread-safe: workers
 * add whenever they like, anyone may look; what is added always counts for the phase that runs at
 * that moment. Adding is cheap enough for once per batch or page.
 */
public final class MergeProgress {
  private final MemoryBudget budget;
  private final LongSupplier nanoTime;
  private final long startNanos;
  private final LongAdder bytesRead = new LongAdder();
  private final LongAdder bytesWritten = new LongAdder();
  private final Map<MergePhase, Duration> finished = new EnumMap<>(MergePhase.class);
  private volatile Stage stage;

  /** Starts counting for a merge that holds its memory under {@code budget}. */
  public MergeProgress(MemoryBudget budget) {
    this(budget, System::nanoTime);
  }

  MergeProgress(MemoryBudget budget, LongSupplier nanoTime) {
    this.budget = budget;
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
    this.stage = new Stage(MergePhase.PLANNING, Progress.UNKNOWN, Progress.UNKNOWN, startNanos);
  }

  /**
   * Ends the current phase and begins {@code phase}, which must come later in the order of {@link
   * MergePhase}.
   *
   * @param rowsTotal rows that the phase will count, or {@link Progress#UNKNOWN}
   * @param filesTotal files that the phase will count, or {@link Progress#UNKNOWN}
   */
  public synchronized void begin(MergePhase phase, long rowsTotal, long filesTotal) {
    Stage previous = stage;
    if (phase.compareTo(previous.phase) <= 0) {
      throw new IllegalStateException(phase + " cannot follow " + previous.phase);
    }
    long now = nanoTime.getAsLong();
    finished.put(previous.phase, Duration.ofNanos(now - previous.startNanos));
    stage = new Stage(phase, rowsTotal, filesTotal, now);
  }

  /** Says that the merge waits for its target before it can begin with {@link #planning}. */
  public synchronized void waiting() {
    stage = new Stage(MergePhase.WAITING, Progress.UNKNOWN, Progress.UNKNOWN, nanoTime.getAsLong());
  }

  /** Begins the phase {@link MergePhase#PLANNING} if the merge had to wait for it. */
  public synchronized void planning() {
    if (stage.phase == MergePhase.WAITING) {
      begin(MergePhase.PLANNING, Progress.UNKNOWN, Progress.UNKNOWN);
    }
  }

  /** Ends the merge as a success. */
  public void done() {
    begin(MergePhase.DONE, Progress.UNKNOWN, Progress.UNKNOWN);
  }

  /** Says that the current phase will count more rows than was said when it began. */
  public void expectMoreRows(long count) {
    stage.rowsToCome.add(count);
  }

  /** Counts rows of the current phase as dealt with. */
  public void addRows(long count) {
    stage.rows.add(count);
  }

  /** Counts files of the current phase as dealt with. */
  public void addFiles(long count) {
    stage.files.add(count);
  }

  /** Counts bytes that were read from storage. */
  public void addBytesRead(long count) {
    bytesRead.add(count);
  }

  /** Counts bytes that were written to storage. */
  public void addBytesWritten(long count) {
    bytesWritten.add(count);
  }

  /** Returns the bytes read since the merge began. */
  public long bytesRead() {
    return bytesRead.sum();
  }

  /** Returns the bytes written since the merge began. */
  public long bytesWritten() {
    return bytesWritten.sum();
  }

  /** Returns the state at this moment. */
  public Progress snapshot() {
    Stage current = stage;
    return new Progress(
        current.phase,
        current.rows.sum(),
        current.rowsTotal(),
        current.files.sum(),
        current.filesTotal,
        bytesRead.sum(),
        bytesWritten.sum(),
        budget.usedBytes(),
        budget.limitBytes(),
        elapsed());
  }

  /** Returns the wall-clock time since the merge began. */
  public Duration elapsed() {
    return Duration.ofNanos(nanoTime.getAsLong() - startNanos);
  }

  /**
   * Returns how long each phase took that is over, in order; a phase that was skipped is missing.
   */
  public synchronized Map<MergePhase, Duration> elapsedPerPhase() {
    return new EnumMap<>(finished);
  }

  /** Holds the counts of one phase. */
  private static final class Stage {
    private final MergePhase phase;
    private final long rowsTotal;
    private final long filesTotal;
    private final long startNanos;
    private final LongAdder rows = new LongAdder();
    private final LongAdder rowsToCome = new LongAdder();
    private final LongAdder files = new LongAdder();

    Stage(MergePhase phase, long rowsTotal, long filesTotal, long startNanos) {
      this.phase = phase;
      this.rowsTotal = rowsTotal;
      this.filesTotal = filesTotal;
      this.startNanos = startNanos;
    }

    long rowsTotal() {
      return rowsTotal == Progress.UNKNOWN ? rowsTotal : rowsTotal + rowsToCome.sum();
    }
  }
}
