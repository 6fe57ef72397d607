package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.MergePhase;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Progress;
import dev.keymerge.ProgressListener;
import dev.keymerge.RecoveryResult;
import dev.keymerge.internal.commit.DatasetLock;
import dev.keymerge.internal.commit.LockRequest;
import dev.keymerge.internal.commit.OverlappingDatasets;
import dev.keymerge.internal.commit.StagingOwner;
import dev.keymerge.internal.index.IndexSpilling;
import dev.keymerge.internal.index.KeyIndex;
import dev.keymerge.internal.index.KeyIndexBuilder;
import dev.keymerge.internal.index.KeyIndexConfig;
import dev.keymerge.internal.locate.LocateRules;
import dev.keymerge.internal.locate.MatchStore;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.memory.MemoryShare;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.progress.MergeProgress;
import dev.keymerge.internal.progress.ProgressReporter;
import dev.keymerge.internal.rewrite.RewriteContext;
import dev.keymerge.internal.scan.PendingSource;
import dev.keymerge.internal.scan.ScanContext;
import dev.keymerge.internal.scan.SourceOpener;
import dev.keymerge.internal.scan.SourceWatch;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.MeteredStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.DatasetSchema;
import dev.keymerge.internal.target.KeyPruning;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.SnapshotReader;
import dev.keymerge.internal.target.TargetFile;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one merge from its request to its result: opens everything, runs the stages in order, and
 * gives everything back however it ends.
 *
 * <p>Runs once, on one thread, which the stages may help with workers.
 */
final class MergeJob {
  private static final Logger LOGGER = LoggerFactory.getLogger(MergeJob.class);
  private static final long LEAST_INDEX_BYTES = 1 << 20;

  private final MergeRequest request;
  private final RunMode mode;
  private final JobSettings settings;
  private final CancelToken cancel;
  private @Nullable Staging staged;

  MergeJob(MergeRequest request, RunMode mode, JobSettings settings, CancelToken cancel) {
    this.request = request;
    this.mode = mode;
    this.settings = settings;
    this.cancel = cancel;
  }

  /** Runs the merge and tells {@code listener}, if there is one, how far it has come. */
  MergeResult run(@Nullable ProgressListener listener) {
    try {
      return runReporting(listener);
    } catch (MergeException.OutcomeUnknown unknown) {
      throw unknown;
    } catch (RuntimeException | Error failure) {
      // Whatever it is, nobody may take it for one that left the target as it was.
      if (staged != null && staged.isCommitted()) {
        throw new MergeException.OutcomeUnknown(
            "The merge into " + request.target() + " is committed, but then failed: " + failure,
            "Run keymerge recover on the target, which completes what may be left to do; do not"
                + " merge again.",
            failure);
      }
      throw failure;
    }
  }

  private MergeResult runReporting(@Nullable ProgressListener listener) {
    MergeProgress progress = new MergeProgress(settings.budget());
    try (ProgressReporter reporter =
        ProgressReporter.start(
            progress,
            listener == null ? ignored -> {} : listener,
            ProgressReporter.DEFAULT_INTERVAL)) {
      return runGuarded(progress);
    }
  }

  private MergeResult runGuarded(MergeProgress progress) {
    try {
      cancel.check();
      TargetRecovery recovery = new TargetRecovery(settings.storage(), settings.budget());
      StoragePath target = settings.storage().resolve(request.target());
      OverlappingDatasets overlapping = new OverlappingDatasets(settings.storage(), target);
      if (mode == RunMode.DRY_RUN) {
        overlapping.requireCompletedAround();
        return open(progress, recovery.beforeReading(target, cancel::check));
      }
      try (DatasetLock lock = lock(progress)) {
        progress.planning();
        overlapping.requireCompletedAround();
        return open(
            progress,
            resumes() ? recovery.beforeResuming(target) : recovery.beforeChanging(target));
      }
    } catch (IOException failure) {
      throw StorageFailure.of("merge into " + request.target(), failure);
    } catch (OutOfMemoryException refused) {
      throw new MergeException.LimitExceeded(
          "The merge needs more memory than its limit: " + refused.getMessage() + ".",
          "Raise the memory limit (--memory), or use fewer threads (--threads).");
    }
  }

  private boolean resumes() {
    return request.interrupted() == MergeRequest.Interrupted.RESUME;
  }

  private DatasetLock lock(MergeProgress progress) throws IOException {
    return DatasetLock.acquire(
        settings.storage(),
        settings.storage().resolve(request.target()),
        new LockRequest(
            "merge",
            UUID.randomUUID().toString(),
            request.waitForLock(),
            cancel::check,
            progress::waiting));
  }

  private MergeResult open(MergeProgress progress, RecoveryResult recovery) throws IOException {
    try (MemoryShare share =
        settings.budget().openShare("merge into " + request.target(), cancel::check)) {
      settings.brake().relieving(share.budget());
      return open(progress, recovery, share);
    } finally {
      settings.brake().release();
    }
  }

  private MergeResult open(MergeProgress progress, RecoveryResult recovery, MemoryShare share)
      throws IOException {
    MemoryBudget budget = share.budget();
    Storage storage = new MeteredStorage(settings.storage(), new StorageTraffic(progress));
    try (MemoryReservation facts = budget.open("snapshot of the target");
        ParquetMemory memory = ParquetMemory.pooling(budget, "Parquet writers");
        BudgetedAllocator allocator = BudgetedAllocator.open(budget, "Arrow buffers")) {
      Snapshot snapshot =
          new SnapshotReader(storage, memory, facts, cancel::check)
              .read(storage.resolve(request.target()), request.keyColumns());
      requireQuietWithin(snapshot);
      MergeNeeds needs = new MergeNeeds(request, snapshot, facts.bytes());
      share.reserveMinimum(needs.least());
      Resources resources =
          new Resources(storage, budget, memory, allocator, progress, recovery.outcome());
      staged = new Staging(storage, settings.storage(), snapshot, budget);
      try (Staging staging = staged;
          SpillDirectory spillDirectory = new SpillDirectory(storage, settings.spill(), staging);
          SpillStore spill = new SpillStore(spillDirectory.place(), allocator, budget);
          PendingSource source =
              new SourceOpener(scanContext(resources, staging), sourceWatch())
                  .open(request.source())) {
        MergeSchema schema =
            new SchemaResolver(request, source.schema(), columns(snapshot)).resolve();
        requireEncoders(needs, share, source.knownRows(), source.readingBytes());
        progress.begin(MergePhase.READING_SOURCE, Progress.UNKNOWN, Progress.UNKNOWN);
        try (SourceTable table = source.align(schema.alignments())) {
          // Only now the rows of a source that is read once are counted.
          requireEncoders(needs, share, table.rows(), source.readingBytes());
          Places places = new Places(snapshot, staging, spill);
          if (mode == RunMode.MERGE) {
            staging.fence(ResumeFence.of(request, snapshot, table));
          }
          return resumes()
              ? resume(resources, places, schema, table)
              : merge(resources, places, schema, table);
        }
      }
    }
  }

  private void requireEncoders(
      MergeNeeds needs, MemoryShare share, long sourceRows, long readingBytes) {
    if (mode == RunMode.MERGE) {
      needs.requireEncoders(share, sourceRows, readingBytes);
    }
  }

  private void requireQuietWithin(Snapshot snapshot) throws IOException {
    if (snapshot.kind() != TargetKind.DIRECTORY || !snapshot.exists()) {
      return;
    }
    OverlappingDatasets overlapping =
        new OverlappingDatasets(settings.storage(), snapshot.target());
    List<StoragePath> files = snapshot.files().stream().map(TargetFile::path).toList();
    if (mode == RunMode.DRY_RUN) {
      overlapping.requireCompletedWithin(files);
    } else {
      overlapping.requireQuietWithin(files);
    }
  }

  /** Merges with what an equal merge has left, and leaves what the next one could resume. */
  private MergeResult resume(
      Resources resources, Places places, MergeSchema schema, SourceTable source)
      throws IOException {
    try {
      if (mode == RunMode.MERGE) {
        places
            .staging()
            .resume(StagingOwner.resumable(resources.storage(), places.snapshot().target()));
      }
      return merge(resources, places, schema, source);
    } catch (MergeException.BadData
        | MergeException.InvalidRequest
        | MergeException.Conflict
        | MergeException.OutcomeUnknown hopeless) {
      throw hopeless;
    } catch (IOException | RuntimeException | Error failure) {
      keepFinished(places.staging());
      throw failure;
    }
  }

  /** Keeps what is finished, if that can be done; why the merge failed matters more. */
  private static void keepFinished(Staging staging) {
    try {
      staging.keepFinished();
    } catch (IOException failure) {
      LOGGER.warn("The files that a merge had finished could not be kept", failure);
    }
  }

  private SourceWatch sourceWatch() {
    TargetRecovery recovery = new TargetRecovery(settings.storage(), settings.budget());
    return new SourceDatasets(
        settings.storage(), dataset -> recovery.beforeReading(dataset, cancel::check));
  }

  private ScanContext scanContext(Resources resources, Staging staging) {
    return new ScanContext(
        resources.storage(),
        resources.budget(),
        resources.memory(),
        resources.allocator(),
        () -> staging.area().directory().resolve("source"),
        batchBytes(resources.budget()),
        rows -> cancel.check(),
        cancel::check);
  }

  /**
   * Holds where a merge reads and writes; all of it is borrowed.
   *
   * @param snapshot the target
   * @param staging where new files wait
   * @param spill where waits what memory does not hold
   */
  private record Places(Snapshot snapshot, Staging staging, SpillStore spill) {}

  private MergeResult merge(
      Resources resources, Places places, MergeSchema schema, SourceTable source)
      throws IOException {
    try (KeyIndex index = index(resources, places, schema, source)) {
      MergeContext context =
          new MergeContext(
              resources.storage(),
              resources.budget(),
              index,
              pruner(schema, index),
              new LocateRules(
                  schema.keyFields(),
                  request.matched(),
                  request.notMatchedBySource(),
                  request.nullKeys(),
                  () -> (int) settings.pressure().adapt(settings.tuning().batchRows()),
                  batchBytes(resources.budget())),
              new RewriteContext(
                  source,
                  schema,
                  resources.memory(),
                  resources.allocator(),
                  resources.budget(),
                  blockBytes(resources.budget()),
                  cancel),
              places.spill(),
              new MatchStore(resources.budget(), places.spill(), settings.tuning().matchBytes()),
              resources.progress());
      return run(
          new MergeStages(
              request, mode, settings.tuning(), context, places.staging(), places.snapshot()),
          resources,
          places.snapshot());
    }
  }

  /**
   * Runs the stages; what fails because someone else changed the target meanwhile is a conflict,
   * however it shows.
   */
  private static MergeResult run(MergeStages stages, Resources resources, Snapshot snapshot)
      throws IOException {
    try {
      return stages.run(resources);
    } catch (IOException | MergeException.BadData failure) {
      try {
        snapshot.verifyUnchanged();
      } catch (MergeException.Conflict conflict) {
        conflict.addSuppressed(failure);
        throw conflict;
      }
      throw failure;
    }
  }

  private KeyIndex index(Resources resources, Places places, MergeSchema schema, SourceTable source)
      throws IOException {
    long indexBytes = indexBytes(resources.budget());
    KeyIndexConfig config =
        new KeyIndexConfig(
            schema.keyFields(),
            schema.orderColumn() == null ? null : schema.field(schema.orderColumn()),
            request.duplicates(),
            request.nullKeys(),
            settings.tuning().indexPartitionBits(),
            settings.tuning().hash(),
            new RangeDivision(
                    places.snapshot(), schema.keyFields(), settings.tuning(), resources.budget())
                .ranges(source.rows(), indexBytes));
    try (KeyIndexBuilder builder =
        new KeyIndexBuilder(
            config,
            resources.allocator(),
            resources.budget(),
            new IndexSpilling(
                places.spill(),
                indexBytes,
                source.rows(),
                new SourceKeyTexts(source, schema, resources.allocator())))) {
      return new SourceIndexer(source, schema, cancel, resources.progress())
          .index(builder, resources.allocator());
    }
  }

  /**
   * Returns how large the tables of keys may become: what others leave of half the memory, because
   * pages of source and target are read beside them.
   */
  private long indexBytes(MemoryBudget budget) {
    if (settings.tuning().indexBytes() != Tuning.AUTOMATIC) {
      return settings.tuning().indexBytes();
    }
    long half = budget.limitBytes(MemoryKind.NATIVE) / 2;
    return Math.max(LEAST_INDEX_BYTES, Math.min(half, budget.freeBytes(MemoryKind.NATIVE) * 2 / 3));
  }

  private RowGroupPruner pruner(MergeSchema schema, KeyIndex index) {
    return switch (settings.tuning().pruning()) {
      case OFF -> RowGroupPruner.NONE;
      case ON -> new KeyPruning(index.filter(), schema.keyFields())::mayMatch;
    };
  }

  /**
   * Returns how much a worker should hold of source values: a small share, since its pages and
   * encoders live beside them.
   */
  private long blockBytes(MemoryBudget budget) {
    return Math.max(
        1 << 20, budget.limitBytes(MemoryKind.NATIVE) / (16L * settings.tuning().threads()));
  }

  /**
   * Tells how large a batch of rows should become: enough for good pages, little beside the index.
   */
  private LongSupplier batchBytes(MemoryBudget budget) {
    long usual = Math.max(64 << 10, Math.min(8 << 20, budget.limitBytes(MemoryKind.NATIVE) / 64));
    return () -> settings.pressure().adapt(usual);
  }

  private static @Nullable List<TargetColumn> columns(Snapshot snapshot) {
    return snapshot
        .schema()
        .map(
            schema ->
                schema.columns().stream()
                    .map(
                        (DatasetSchema.Column column) ->
                            new TargetColumn(column.name(), column.field(), column.required()))
                    .toList())
        .orElse(null);
  }
}
