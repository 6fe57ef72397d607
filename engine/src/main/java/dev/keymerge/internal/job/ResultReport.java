package dev.keymerge.internal.job;

import dev.keymerge.FileAction;
import dev.keymerge.FileChange;
import dev.keymerge.MatchedAction;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.NotMatchedAction;
import dev.keymerge.internal.index.KeyIndex;
import dev.keymerge.internal.memory.SystemMemory;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

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
      List<FileWork> files,
      List<Insertion.NewFile> added,
      long inserted,
      TargetSearch search,
      Resources resources) {
    KeyIndex.Counts counts = context.index().counts();
    long deleted = sum(files, FileOutcome::deleted);
    long staged =
        written(files, added).mapToLong(WrittenFile::bytes).sum() - staging.resumedBytes();
    long temporary = Math.max(0, resources.progress().bytesWritten() - staged);
    return new MergeResult(
        request.strategyName(),
        request.keyColumns(),
        mode == RunMode.DRY_RUN,
        resources.recovery(),
        counts.sourceRows(),
        counts.duplicatesDropped(),
        inserted,
        sum(files, FileOutcome::updated),
        sum(files, FileOutcome::unchanged),
        deleted,
        sum(files, FileOutcome::stale),
        ignored(),
        snapshot.rows(),
        snapshot.rows() + inserted - deleted,
        count(files, outcome -> !outcome.pruned()),
        count(files, FileOutcome::pruned),
        count(files, outcome -> outcome.action() == FileAction.REWRITTEN),
        filesAdded(added, inserted),
        count(files, outcome -> outcome.action() == FileAction.REMOVED),
        count(files, outcome -> outcome.action() == FileAction.KEPT),
        staging.resumedFiles(),
        files.stream().mapToLong(FileWork::rowGroupsCopied).sum(),
        written(files, added).mapToLong(WrittenFile::chunksCopied).sum(),
        0,
        0,
        written(files, added).mapToLong(WrittenFile::pagesEncoded).sum(),
        search.method(),
        search.passes(),
        context.index().spilledPartitions(),
        resources.progress().bytesRead(),
        staged,
        resources.traffic().bytesCopied(),
        temporary,
        context.spill().peakBytes() + Math.max(0, temporary - context.spill().writtenBytes()),
        resources.memory().poolHits(),
        resources.memory().poolMisses(),
        resources.budget().peakBytes(),
        resources.allocator().getPeakMemoryAllocation(),
        new SystemMemory(Path.of("/")).peakResidentBytes().orElse(-1),
        resources.progress().elapsed(),
        resources.progress().elapsedPerPhase(),
        fileChanges(files, added));
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

  private List<FileChange> fileChanges(List<FileWork> files, List<Insertion.NewFile> added) {
    List<FileChange> changes = new ArrayList<>();
    for (FileWork work : files) {
      boolean removed = work.outcome().action() == FileAction.REMOVED;
      changes.add(
          new FileChange(
              relative(work.target().path()),
              work.outcome().action(),
              removed ? work.target().rows() : work.outcome().rowsAfter(),
              work.written() == null ? work.target().status().bytes() : work.written().bytes()));
    }
    for (Insertion.NewFile file : added) {
      changes.add(
          new FileChange(
              relative(file.target()),
              FileAction.ADDED,
              file.written().rows(),
              file.written().bytes()));
    }
    changes.sort(Comparator.comparing(FileChange::path));
    return List.copyOf(changes);
  }

  private String relative(StoragePath file) {
    return file.relativeTo(snapshot.target());
  }

  private static Stream<WrittenFile> written(List<FileWork> files, List<Insertion.NewFile> added) {
    return Stream.concat(
        files.stream().flatMap(work -> Stream.ofNullable(work.written())),
        added.stream().map(Insertion.NewFile::written));
  }

  private static long sum(List<FileWork> files, ToLongFunction<FileOutcome> count) {
    return files.stream().map(FileWork::outcome).mapToLong(count).sum();
  }

  private static int count(List<FileWork> files, Predicate<FileOutcome> wanted) {
    return (int) files.stream().map(FileWork::outcome).filter(wanted).count();
  }
}
