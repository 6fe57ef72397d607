package dev.keymerge.internal.job;

import dev.keymerge.FileAction;
import dev.keymerge.MergeException;
import dev.keymerge.MergePhase;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.NotMatchedAction;
import dev.keymerge.Progress;
import dev.keymerge.internal.commit.CommitResources;
import dev.keymerge.internal.commit.Publication;
import dev.keymerge.internal.commit.PublicationPlan;
import dev.keymerge.internal.commit.StagedChange;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.FileTemplate;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.rewrite.values.ValueFeed;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/**
 * Runs the stages that follow once the source is indexed: target files, new files, publication.
 *
 * <p>Runs once, on the job's thread.
 */
final class MergeStages {
  private static final int EXAMPLES = 10;

  private final MergeRequest request;
  private final RunMode mode;
  private final Tuning tuning;
  private final MergeContext context;
  private final Snapshot snapshot;
  private final Staging staging;
  private final Successors successors;
  private final Insertion insertion;

  MergeStages(
      MergeRequest request,
      RunMode mode,
      Tuning tuning,
      MergeContext context,
      Staging staging,
      Snapshot snapshot) {
    this.request = request;
    this.mode = mode;
    this.tuning = tuning;
    this.context = context;
    this.snapshot = snapshot;
    this.staging = staging;
    this.successors = new Successors(context.storage(), staging, context.rewrite().memory());
    this.insertion = new Insertion(request, context, successors);
  }

  MergeResult run(Resources resources) throws IOException {
    context.progress().begin(MergePhase.MERGING_FILES, snapshot.rows(), snapshot.files().size());
    try (MemoryReservation memory = context.budget().open("what became of the target's files")) {
      memory.grow(MergedFiles.FILE_BYTES * snapshot.files().size());
      return run(resources, memory);
    }
  }

  private MergeResult run(Resources resources, MemoryReservation memory) throws IOException {
    boolean oneFile = snapshot.kind() == TargetKind.FILE && !snapshot.files().isEmpty();
    MergedFiles files = new MergedFiles(snapshot, staging);
    List<Insertion.NewFile> added = new ArrayList<>();
    TargetSearch search = new TargetSearch(context, tuning, snapshot);
    try (search) {
      search.run();
      if (oneFile) {
        files.add(0, mergeOnlyFile(snapshot.files().get(0), search));
      } else {
        mergeFiles(search, files);
      }
    }
    context.index().endLookups();
    if (!oneFile) {
      beginAppending();
      if (inserts() > 0 && mode == RunMode.MERGE) {
        added.addAll(insertion.newFiles(snapshot));
      }
      keepOneFile(files);
    }
    context.rewrite().cancel().check();
    context.rewrite().source().checkUnchanged();
    // Refused here rather than when the merge is committed.
    memory.grow(reportBytes());
    List<StagedChange> changes = changes(files, added);
    context.progress().begin(MergePhase.COMMITTING, Progress.UNKNOWN, changes.size());
    if (mode == RunMode.MERGE) {
      publish(changes, files.totals());
    }
    context.progress().done();
    return new ResultReport(request, mode, context, snapshot, staging)
        .report(files, added, inserts(), search, resources);
  }

  /** Returns how many source rows are inserted; known once all target files have been looked at. */
  private long inserts() {
    return request.notMatched() == NotMatchedAction.INSERT ? context.index().pendingCount() : 0;
  }

  private long reportBytes() {
    return snapshot.files().stream()
        .mapToLong(file -> MergedFiles.REPORT_BYTES + file.path().name().length())
        .sum();
  }

  /** Merges the files in rounds, each of as many as may wait at once. */
  private void mergeFiles(TargetSearch search, MergedFiles files) throws IOException {
    int count = snapshot.files().size();
    for (int first = 0; first < count; ) {
      int most = Math.max(tuning.threads(), DeferredFiles.most(context.budget()));
      int end = (int) Math.min(count, (long) first + most);
      for (FileWork work : mergeFiles(search, first, end)) {
        files.add(first++, work);
      }
    }
  }

  private List<FileWork> mergeFiles(TargetSearch search, int first, int end) throws IOException {
    try (DeferredFiles deferred = new DeferredFiles(context, tuning)) {
      List<Callable<Optional<FileWork>>> pieces = new ArrayList<>();
      for (int i = first; i < end; i++) {
        int number = i;
        pieces.add(() -> merge(number, search, deferred));
      }
      List<Optional<FileWork>> done = runAll(pieces);
      if (end == snapshot.files().size()) {
        context.index().endLookups();
      }
      List<Integer> numbers = deferred.numbers();
      List<FileWork> late = runAll(deferred.gather(this::complete));
      List<FileWork> files = new ArrayList<>();
      for (int i = first; i < end; i++) {
        Optional<FileWork> work = done.get(i - first);
        files.add(work.isPresent() ? work.get() : late.get(Collections.binarySearch(numbers, i)));
      }
      return files;
    }
  }

  private <T> List<T> runAll(List<Callable<T>> pieces) throws IOException {
    int threads = Math.max(1, Math.min(tuning.threads(), pieces.size()));
    try (Workers workers = new Workers(threads, context.rewrite().cancel())) {
      return workers.runAll(pieces);
    }
  }

  /** Merges a file, or leaves it to {@code deferred} and returns nothing. */
  private Optional<FileWork> merge(int number, TargetSearch search, DeferredFiles deferred)
      throws IOException {
    FileMerge merge = new FileMerge(snapshot.files().get(number), context);
    boolean taken = false;
    try {
      if (!search.locate(number, merge)) {
        context.progress().addFiles(1);
        return Optional.of(FileWork.unwritten(snapshot.files().get(number), merge.unmatched()));
      }
      taken = deferred.take(number, merge);
      return taken
          ? Optional.empty()
          : Optional.of(complete(number, merge, context.rewrite().directValues()));
    } catch (MergeException.LimitExceeded refused) {
      taken = merge.located() && deferred.postpone(number, merge);
      if (!taken) {
        throw refused;
      }
      return Optional.empty();
    } finally {
      if (!taken) {
        merge.close();
      }
    }
  }

  private FileWork complete(int number, FileMerge merge, ValueFeed values) throws IOException {
    FileOutcome outcome = merge.compare(values);
    FileWork work = FileWork.unwritten(snapshot.files().get(number), outcome);
    if (outcome.action() == FileAction.REWRITTEN && mode == RunMode.MERGE) {
      work = rewrite(merge, work, MergedFiles.successor(number));
    }
    context.progress().addFiles(1);
    return work;
  }

  private FileWork rewrite(FileMerge merge, FileWork work, String name) throws IOException {
    WrittenFile staged =
        successors.stage(
            name, work.outcome().plan(), FileTemplate.like(merge.open().footer()), merge::rewrite);
    return new FileWork(work.target(), work.outcome(), staged, merge.rowGroupsCopied());
  }

  /** Merges into a target that is one file: what is inserted goes to new row groups at its end. */
  private FileWork mergeOnlyFile(TargetFile target, TargetSearch search) throws IOException {
    try (DeferredFiles deferred = new DeferredFiles(context, tuning)) {
      FileMerge merge = new FileMerge(target, context);
      boolean taken = false;
      try {
        boolean matched = search.locate(0, merge);
        context.index().endLookups();
        taken = matched && deferred.take(0, merge);
        if (!taken) {
          FileOutcome outcome =
              matched ? merge.compare(context.rewrite().directValues()) : merge.unmatched();
          return completeOnlyFile(merge, target, outcome);
        }
      } finally {
        if (!taken) {
          merge.close();
        }
      }
      return runAll(
              deferred.gather(
                  (number, file, values) -> completeOnlyFile(file, target, file.compare(values))))
          .get(0);
    }
  }

  private FileWork completeOnlyFile(FileMerge merge, TargetFile target, FileOutcome outcome)
      throws IOException {
    context.progress().addFiles(1);
    beginAppending();
    long inserts = inserts();
    if (inserts == 0 && outcome.action() == FileAction.KEPT) {
      return FileWork.unwritten(target, outcome);
    }
    FileOutcome rewritten = outcome.rewrittenWith(inserts);
    if (mode == RunMode.DRY_RUN) {
      return FileWork.unwritten(target, rewritten);
    }
    FileTemplate template = FileTemplate.like(merge.open().footer());
    WrittenFile staged =
        successors.stage(
            MergedFiles.successor(0),
            rewritten.plan(),
            template,
            assembler -> {
              merge.rewrite(assembler);
              if (inserts > 0) {
                insertion.appendTo(assembler, template);
              }
            });
    return new FileWork(target, rewritten, staged, merge.rowGroupsCopied());
  }

  private void beginAppending() throws IOException {
    long inserts = inserts();
    context.progress().begin(MergePhase.APPENDING, inserts, Progress.UNKNOWN);
    if (request.notMatched() == NotMatchedAction.FAIL && context.index().pendingCount() > 0) {
      throw new MergeException.BadData(
          context.index().pendingCount()
              + " source rows have no match in the target, the first in "
              + examples()
              + ".",
          "Remove such rows from the source, or choose another action for rows without a match.");
    }
    if (inserts > 0) {
      insertion.checkRequiredColumns(inserts);
    }
  }

  private String examples() {
    long[] ordinals = new long[EXAMPLES];
    OrdinalCursor cursor = context.index().pendingOrdinals();
    int count = cursor.next(ordinals);
    StringBuilder text = new StringBuilder(count == 1 ? "row " : "rows ");
    for (int i = 0; i < count; i++) {
      text.append(i == 0 ? "" : ", ").append(ordinals[i] + 1);
    }
    return text.toString();
  }

  /**
   * Keeps the first of the removed files, empty, when no file would be left: it carries the schema
   * of the dataset.
   */
  private void keepOneFile(MergedFiles files) throws IOException {
    boolean someFileStays = inserts() > 0 || files.count(FileAction.REMOVED) < files.size();
    if (files.size() == 0 || someFileStays) {
      return;
    }
    TargetFile first = snapshot.files().get(0);
    FileOutcome rewritten = new FileOutcome(FileAction.REWRITTEN, false, 0, 0, 0, 0, first.rows());
    if (mode == RunMode.DRY_RUN) {
      files.change(0, FileWork.unwritten(first, rewritten));
      return;
    }
    try (FileMerge merge = new FileMerge(first, context)) {
      WrittenFile staged =
          successors.stage(
              MergedFiles.successor(0),
              rewritten.plan(),
              FileTemplate.like(merge.open().footer()),
              assembler -> {});
      files.change(0, new FileWork(first, rewritten, staged, 0));
    }
  }

  private void publish(List<StagedChange> changes, MergedFiles.Totals totals) {
    if (changes.isEmpty()) {
      context.rewrite().cancel().startCommit();
      return;
    }
    snapshot.verifyUntouched();
    new Publication(
            new CommitResources(
                staging.bookkeeping(),
                context.budget(),
                context.rewrite().memory(),
                context.rewrite().cancel()::check),
            snapshot,
            staging.area(),
            new PublicationPlan(
                changes,
                new PublicationPlan.Rows(inserts(), totals.updated(), totals.deleted()),
                request.strategyName(),
                request.keepPrevious()))
        .publish(context.rewrite().cancel()::startCommit);
    context.progress().addFiles(changes.size());
  }

  private static List<StagedChange> changes(MergedFiles files, List<Insertion.NewFile> added) {
    List<StagedChange> changed = files.changes();
    return new AbstractList<>() {
      @Override
      public StagedChange get(int index) {
        if (index < changed.size()) {
          return changed.get(index);
        }
        Insertion.NewFile file = added.get(index - changed.size());
        return new StagedChange.Add(file.staged(), file.target());
      }

      @Override
      public int size() {
        return changed.size() + added.size();
      }
    };
  }
}
