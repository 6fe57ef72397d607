package dev.keymerge.internal.job;

import dev.keymerge.FileAction;
import dev.keymerge.MatchedAction;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.NotMatchedAction;
import dev.keymerge.internal.index.KeyIndex;
import dev.keymerge.internal.memory.SystemMemory;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetKind;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToLongFunction;

/** Adds up what a merge did. Serves one merge, on the job's thread. */
final class ResultReport {
  private final MergeRequest request;
  private final RunMode mode;
  private final MergeContext context;
  private final Snapshot snapshot;
  private final Staging staging;

  ResultReport(
      MergeRequest request,
      RunMode mode,
      MergeContext context,
      Snapshot snapshot,
      Staging staging) {
    this.request = request;
    this.mode = mode;
    this.context = context;
    this.snapshot = snapshot;
    this.staging = staging;
  }

  MergeResult report(
      MergedFiles files,
      List<Insertion.NewFile> added,
      long inserted,
      TargetSearch search,
      Resources resources) {
    KeyIndex.Counts counts = context.index().counts();
    MergedFiles.Totals totals = files.totals();
    long deleted = totals.deleted();
    long staged = totals.bytesStaged() + sum(added, WrittenFile::bytes) - staging.resumedBytes();
    long copied =
        totals.bytesCopied() + sum(added, WrittenFile::bytesCopied) - staging.resumedBytesCopied();
    long temporary = Math.max(0, resources.progress().bytesWritten() - staged);
    return new MergeResult(
        request.strategyName(),
        request.keyColumns(),
        mode == RunMode.DRY_RUN,
        resources.recovery(),
        counts.sourceRows(),
        counts.duplicatesDropped(),
        inserted,
        totals.updated(),
        totals.unchanged(),
        deleted,
        totals.stale(),
        ignored(),
        snapshot.rows(),
        snapshot.rows() + inserted - deleted,
        files.size() - totals.pruned(),
        totals.pruned(),
        files.count(FileAction.REWRITTEN),
        filesAdded(added, inserted),
        files.count(FileAction.REMOVED),
        files.count(FileAction.KEPT),
        staging.resumedFiles(),
        totals.rowGroupsCopied(),
        totals.chunksCopied() + sum(added, WrittenFile::chunksCopied),
        0,
        0,
        totals.pagesEncoded() + sum(added, WrittenFile::pagesEncoded),
        search.method(),
        search.passes(),
        context.index().spilledPartitions(),
        resources.progress().bytesRead(),
        staged,
        copied,
        temporary,
        context.spill().peakBytes() + Math.max(0, temporary - context.spill().writtenBytes()),
        resources.memory().poolHits(),
        resources.memory().poolMisses(),
        resources.budget().peakBytes(),
        resources.allocator().getPeakMemoryAllocation(),
        new SystemMemory(Path.of("/")).peakResidentBytes().orElse(-1),
        resources.progress().elapsed(),
        resources.progress().elapsedPerPhase(),
        files.report(added));
  }

  /** Returns the source rows that won their key and then had nothing to do. */
  private long ignored() {
    KeyIndex index = context.index();
    long unmatched = request.notMatched() == NotMatchedAction.INSERT ? 0 : index.pendingCount();
    long matched = request.matched() == MatchedAction.KEEP ? index.matchedWinners() : 0;
    return unmatched + index.pendingMarkedCount() + matched;
  }

  private int filesAdded(List<Insertion.NewFile> added, long inserted) {
    if (mode == RunMode.MERGE) {
      return added.size();
    }
    boolean ownFiles = snapshot.files().isEmpty() || snapshot.kind() == TargetKind.DIRECTORY;
    return ownFiles ? (int) ((inserted + request.maxFileRows() - 1) / request.maxFileRows()) : 0;
  }

  private static long sum(List<Insertion.NewFile> added, ToLongFunction<WrittenFile> number) {
    return added.stream().map(Insertion.NewFile::written).mapToLong(number).sum();
  }
}
