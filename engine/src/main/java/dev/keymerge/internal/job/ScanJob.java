package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.ScanProgress;
import dev.keymerge.Source;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReclaimer;
import dev.keymerge.internal.memory.MemoryShare;
import dev.keymerge.internal.memory.PhaseNeeds;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.SourceScan;
import dev.keymerge.internal.plan.SourceSchema;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.scan.PendingSource;
import dev.keymerge.internal.scan.ScanContext;
import dev.keymerge.internal.scan.SourceOpener;
import dev.keymerge.internal.storage.StorageFailure;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Runs one scan of a dataset for its reader: opens what it takes, reads chunks on the reader's
 * thread, and closes everything.
 *
 * <p>Its reader may stay away for ever while others need memory. Then whoever needs it has all
 * given back but the chunk and a few facts, on a thread of his own; the next chunk finds its place
 * again.
 *
 * <p>One thread at a time; cancelling, progress and giving back are for any.
 */
public final class ScanJob implements AutoCloseable {
  /** Beside its batch, a scan holds pages and dictionaries of its columns. */
  private static final long BATCH_PART_OF_BUDGET = 16;

  private static final long LEAST_BATCH_BYTES = 64 << 10;
  private static final long MOST_BATCH_BYTES = 16 << 20;

  private final String dataset;
  private final CancelToken cancel;
  private final ReentrantLock working = new ReentrantLock();
  private final MemoryBudget budget;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final SourceTable table;
  private final SourceScan scan;
  private volatile ScanProgress progress;

  private ScanJob(JobSettings settings, CancelToken cancel, String dataset, List<String> columns)
      throws IOException {
    this.dataset = dataset;
    this.cancel = cancel;
    boolean done = false;
    try {
      MemoryShare share =
          keep(settings.budget().openScanShare("scan of " + dataset, cancel::check));
      // Footers are read before anyone else may start; a scan has no need that it could know
      // sooner.
      budget = share.budget();
      ParquetMemory memory = keep(new ParquetMemory(budget, "Parquet footers"));
      BudgetedAllocator allocator = keep(BudgetedAllocator.open(budget, "chunk of " + dataset));
      table = keep(open(settings, memory, allocator, columns));
      share.reserveMinimum(leastNeeds());
      scan = keep(table.scan(names(table.schema()), allocator));
      keep(budget.onPressure(new IdleCursors()));
      progress = new ScanProgress(0, table.rows(), 0, 0);
      done = true;
    } finally {
      if (!done) {
        close();
      }
    }
  }

  /**
   * Opens a scan; the caller closes it.
   *
   * @param columns names of columns, or none for all that are not nested
   */
  static ScanJob open(
      JobSettings settings, CancelToken cancel, String dataset, List<String> columns) {
    try {
      return new ScanJob(settings, cancel, dataset, columns);
    } catch (IOException failure) {
      throw StorageFailure.of("scan " + dataset, failure);
    }
  }

  private SourceTable open(
      JobSettings settings, ParquetMemory memory, BudgetedAllocator allocator, List<String> columns)
      throws IOException {
    ScanContext context =
        new ScanContext(
            settings.storage(),
            budget,
            memory,
            allocator,
            () -> {
              throw new IllegalStateException("Parquet is read where it lies");
            },
            () -> settings.pressure().adapt(usualBatchBytes()),
            rows -> {},
            cancel::check);
    try (PendingSource pending =
        new SourceOpener(context, SourceDatasets.onlyLooking(settings.storage()))
            .open(Source.parquet(dataset))) {
      return pending.align(alignments(pending.schema(), columns));
    }
  }

  private long usualBatchBytes() {
    long part = budget.limitBytes(MemoryKind.NATIVE) / BATCH_PART_OF_BUDGET;
    return Math.max(LEAST_BATCH_BYTES, Math.min(MOST_BATCH_BYTES, part));
  }

  private List<ColumnAlignment> alignments(SourceSchema schema, List<String> columns) {
    List<ColumnAlignment> alignments = new ArrayList<>();
    if (columns.isEmpty()) {
      for (Field field : schema.columns()) {
        alignments.add(new ColumnAlignment(field.getName(), field));
      }
      return alignments;
    }
    for (String name : new LinkedHashSet<>(columns)) {
      Field field =
          schema
              .column(name)
              .orElseThrow(
                  () ->
                      new MergeException.InvalidRequest(
                          schema.unreadable().containsKey(name)
                              ? "Column '"
                                  + name
                                  + "' of "
                                  + dataset
                                  + " cannot be read: it is of "
                                  + schema.unreadable().get(name)
                              : "There is no column '" + name + "' in " + dataset,
                          "Name columns of "
                              + schema.columns().stream().map(Field::getName).toList()
                              + "."));
      alignments.add(new ColumnAlignment(name, field));
    }
    return alignments;
  }

  private PhaseNeeds leastNeeds() {
    PhaseNeeds needs = new PhaseNeeds();
    needs.addLasting("facts about the files", budget.usedBytes(MemoryKind.HEAP), 0);
    needs.addPhase("reading a chunk", LEAST_BATCH_BYTES, LEAST_BATCH_BYTES);
    return needs;
  }

  private static List<String> names(Schema schema) {
    return schema.getFields().stream().map(Field::getName).toList();
  }

  private <T extends AutoCloseable> T keep(T resource) {
    opened.push(resource);
    return resource;
  }

  /** Returns the columns of every chunk. */
  public Schema schema() {
    return table.schema();
  }

  /** Reads the next chunk and returns true, or returns false at the end. */
  public boolean next() {
    cancel.check();
    working.lock();
    try {
      return read();
    } finally {
      working.unlock();
    }
  }

  private boolean read() {
    if (isBeyondItsPart()) {
      scan.releaseCursors();
    }
    if (!load()) {
      return false;
    }
    VectorSchemaRoot chunk = scan.batch();
    long bytes = 0;
    for (FieldVector vector : chunk.getFieldVectors()) {
      bytes += vector.getBufferSize();
    }
    ScanProgress before = progress;
    progress =
        new ScanProgress(
            before.rowsDone() + chunk.getRowCount(),
            before.rowsTotal(),
            before.chunksDone() + 1,
            Math.max(before.largestChunkBytes(), bytes));
    return true;
  }

  /**
   * Loads the next chunk, and waits for merges if there is no room for even one row beside them.
   */
  private boolean load() {
    while (true) {
      long departures = budget.departures();
      try {
        if (scan.next()) {
          return true;
        }
        table.checkUnchanged();
        return false;
      } catch (IOException failure) {
        throw StorageFailure.of("scan " + dataset, failure);
      } catch (MergeException.LimitExceeded refused) {
        if (!awaitDeparture(departures)) {
          throw refused;
        }
      } catch (OutOfMemoryException refused) {
        throw new MergeException.LimitExceeded(
            "The scan needs more memory than its limit: " + refused.getMessage() + ".",
            "Raise the memory limit, or read fewer columns at once.");
      }
    }
  }

  /** Waits until others have ended since there were so many; returns false if nobody will. */
  private boolean awaitDeparture(long departures) {
    boolean merges = true;
    while (merges && budget.departures() == departures) {
      cancel.check();
      merges = budget.awaitMerges();
    }
    return budget.departures() != departures;
  }

  /** Returns whether others came and left less to this scan than it holds. */
  private boolean isBeyondItsPart() {
    boolean beyond = budget.usedBytes() > budget.limitBytes();
    for (MemoryKind kind : MemoryKind.values()) {
      beyond |= budget.usedBytes(kind) > budget.limitBytes(kind);
    }
    return beyond;
  }

  /** Returns the chunk that was read last. */
  public VectorSchemaRoot chunk() {
    return scan.batch();
  }

  /** Returns how far the scan has come. */
  public ScanProgress progress() {
    return progress;
  }

  /** Has {@link #next} fail from now on. */
  public void cancel() {
    cancel.cancel();
  }

  @Override
  public void close() {
    working.lock();
    try {
      closeAll();
    } finally {
      working.unlock();
    }
  }

  private void closeAll() {
    RuntimeException failure = null;
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (RuntimeException e) {
        failure = e;
      } catch (Exception e) {
        failure = new IllegalStateException("Closing the scan of " + dataset, e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Gives back what a scan holds beside its chunk while its reader is away. */
  private final class IdleCursors implements MemoryReclaimer {
    @Override
    public long reclaimableBytes(MemoryKind kind) {
      return budget.usedBytes(kind);
    }

    @Override
    public long reclaim(MemoryKind kind, long bytes) {
      // The reader's own thread is in the middle of what would be closed.
      if (working.isHeldByCurrentThread() || !working.tryLock()) {
        return 0;
      }
      try {
        long before = budget.usedBytes(kind);
        scan.releaseCursors();
        return before - budget.usedBytes(kind);
      } finally {
        working.unlock();
      }
    }
  }
}
