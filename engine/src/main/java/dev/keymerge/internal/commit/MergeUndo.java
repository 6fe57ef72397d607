package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.MergeException;
import dev.keymerge.UndoResult;
import dev.keymerge.internal.commit.JournalStep.Add;
import dev.keymerge.internal.commit.JournalStep.Remove;
import dev.keymerge.internal.commit.JournalStep.Replace;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Takes back the last merge into a dataset that has not been taken back yet, as long as its
 * previous version is kept.
 *
 * <p>It is published like a merge: the plan is the one of the merge turned round. It cannot be
 * taken back itself. What the merge did not touch stays as it is. The caller holds the lock of the
 * dataset and has recovered it. Stateless apart from what it borrows.
 */
public final class MergeUndo {
  private static final int NAMES_SHOWN = 3;

  private final Storage storage;
  private final MemoryBudget budget;

  /** Creates an undo that charges plans to {@code budget}. */
  public MergeUndo(Storage storage, MemoryBudget budget) {
    this.storage = storage;
    this.budget = budget;
  }

  /**
   * Takes the last merge into {@code target} back.
   *
   * @throws MergeException.InvalidRequest if there is no merge to take back, or its previous
   *     version is not kept
   * @throws MergeException.Conflict if a file that the merge wrote has been changed since
   * @throws MergeException.InputOutput if a step failed; the target is as it was
   * @throws MergeException.OutcomeUnknown if a step failed after the commit point
   */
  public UndoResult run(StoragePath target) {
    try (MemoryReservation memory = budget.open("record of a previous version")) {
      DatasetHome home = DatasetHome.of(storage, target);
      HistoryEntry last = lastMerge(home);
      Journal record = record(home, last, memory);
      if (record.kind() == TargetKind.DIRECTORY) {
        new OverlappingDatasets(storage, target)
            .requireQuietWithin(
                record.steps().stream().map(step -> target.resolve(step.path())).toList());
      }
      try (StagingArea staging = StagingArea.create(storage, home)) {
        return takeBack(home, record, staging, memory);
      }
    } catch (IOException failure) {
      throw StorageFailure.of("take back the last merge into " + target, failure);
    }
  }

  /** Returns what was done to {@code target}, oldest first. */
  public static List<HistoryEntry> history(Storage storage, StoragePath target) {
    try {
      return List.copyOf(HistoryFile.read(storage, DatasetHome.of(storage, target).history()));
    } catch (IOException failure) {
      throw StorageFailure.of("read the history of " + target, failure);
    }
  }

  private HistoryEntry lastMerge(DatasetHome home) throws IOException {
    Deque<HistoryEntry> merges = new ArrayDeque<>();
    for (HistoryEntry entry : HistoryFile.read(storage, home.history())) {
      if (entry.operation() == HistoryEntry.Operation.MERGE) {
        merges.push(entry);
      } else {
        merges.removeIf(merge -> merge.mergeId().equals(entry.undoes()));
      }
    }
    if (merges.isEmpty()) {
      throw new MergeException.InvalidRequest(
          "No merge into " + home.target() + " is known that could be taken back.",
          "See keymerge history for what was done to it.");
    }
    return merges.getFirst();
  }

  private Journal record(DatasetHome home, HistoryEntry last, MemoryReservation memory)
      throws IOException {
    StoragePath record = PreviousVersions.record(home, last.mergeId());
    if (storage.status(record).isEmpty()) {
      throw new MergeException.InvalidRequest(
          "The version of "
              + home.target()
              + " before the last merge, "
              + last.mergeId()
              + " of "
              + last.time()
              + ", is not kept"
              + (last.keptUntil() == null
                  ? "."
                  : " any more; it was until " + last.keptUntil() + "."),
          "Merge with --keep-previous to be able to take a merge back.");
    }
    try {
      return JournalFile.read(storage, record, memory);
    } catch (MalformedJournalException malformed) {
      throw new MergeException.InputOutput(
          "What the last merge replaced is not known any more: " + malformed.getMessage(),
          "If a later version of Keymerge wrote the record, use that.",
          malformed);
    }
  }

  private UndoResult takeBack(
      DatasetHome home, Journal record, StagingArea staging, MemoryReservation memory)
      throws IOException {
    boolean oneFile = record.kind() == TargetKind.FILE;
    StoragePath root = oneFile ? home.target().parent() : home.target();
    refuseChanges(root, record);
    JournalSteps.Builder steps = new JournalSteps.Builder();
    List<String> directories = new ArrayList<>();
    for (JournalStep step : record.steps()) {
      memory.grow(JournalFormat.CHECK_BYTES + steps.add(inverse(home, step)));
      if (step instanceof Remove) {
        addMissingDirectories(root, step.path(), directories);
      }
    }
    HistoryEntry entry = entry(record.entry(), staging.mergeId());
    Journal journal =
        new Journal(entry, record.kind(), Journal.Form.FILE_BY_FILE, directories, steps.build());
    // Nothing that could fail is left for the time when it is done.
    UndoResult result =
        new UndoResult(
            record.entry(),
            entry,
            paths(journal, step -> !(step instanceof Remove)),
            paths(journal, Remove.class::isInstance));
    HistoryFile.extend(
        storage, home.history(), entry, RollForward.nextHistory(home, staging.mergeId()));
    new JournaledCommit(storage, home, staging, journal).run(() -> refuseChangesNow(root, record));
    return result;
  }

  private static List<String> paths(Journal journal, Predicate<JournalStep> which) {
    return journal.steps().stream().filter(which).map(JournalStep::path).sorted().toList();
  }

  private JournalStep inverse(DatasetHome home, JournalStep step) throws IOException {
    if (step instanceof Replace replace) {
      return new Replace(
          step.path(),
          replace.kept(),
          replace.after(),
          kept(home, step.path(), replace.kept(), replace.before()),
          JournalStep.NOT_KEPT);
    } else if (step instanceof Remove remove) {
      return new Add(
          step.path(), remove.kept(), kept(home, step.path(), remove.kept(), remove.before()));
    } else if (step instanceof Add add) {
      return new Remove(step.path(), add.after(), JournalStep.NOT_KEPT);
    }
    throw new IllegalStateException("Unknown: " + step);
  }

  /** Returns the state of the private file that holds what {@code path} was. */
  private FileState kept(DatasetHome home, String path, String kept, FileState before)
      throws IOException {
    StoragePath file = home.directory().resolve(kept);
    Optional<FileStatus> status = storage.status(file);
    if (status.isEmpty() || !before.describes(storage, status.get())) {
      throw new MergeException.Conflict(
          "The previous version of "
              + path
              + ", "
              + file
              + ", is "
              + (status.isEmpty() ? "gone." : "not what it was."),
          "Restore the file from a backup; the last merge cannot be taken back.");
    }
    // It may be a true copy, and differ from the original in what a copy differs in.
    return FileState.of(storage, status.get());
  }

  private void refuseChangesNow(StoragePath root, Journal record) {
    try {
      refuseChanges(root, record);
    } catch (IOException failure) {
      throw StorageFailure.of("look at the files of " + root, failure);
    }
  }

  private void refuseChanges(StoragePath root, Journal record) throws IOException {
    List<String> changed = new ArrayList<>();
    for (JournalStep step : record.steps()) {
      Optional<FileStatus> present = storage.status(root.resolve(step.path()));
      if (!isAsMerged(step, present)) {
        changed.add(root.resolve(step.path()).text());
      }
    }
    if (!changed.isEmpty()) {
      int more = changed.size() - NAMES_SHOWN;
      throw new MergeException.Conflict(
          "These files have been changed since the merge that should be taken back: "
              + String.join(", ", changed.subList(0, Math.min(NAMES_SHOWN, changed.size())))
              + (more > 0 ? String.format(Locale.ROOT, " and %d more", more) : "")
              + ". Taking it back would lose those changes, and has changed nothing.",
          "Take back what was done since, or keep the merge.");
    }
  }

  private boolean isAsMerged(JournalStep step, Optional<FileStatus> present) throws IOException {
    if (step instanceof Replace replace) {
      return present.isPresent() && replace.after().describes(storage, present.get());
    } else if (step instanceof Add add) {
      return present.isPresent() && add.after().describes(storage, present.get());
    }
    return present.isEmpty();
  }

  private void addMissingDirectories(StoragePath root, String path, List<String> directories)
      throws IOException {
    int at = directories.size();
    for (StoragePath each = root.resolve(path).parent();
        !each.equals(root) && storage.status(each).isEmpty();
        each = each.parent()) {
      String relative = each.relativeTo(root);
      if (!directories.contains(relative)) {
        directories.add(at, relative);
      }
    }
  }

  private static HistoryEntry entry(HistoryEntry undone, String id) {
    Author author = Author.current();
    return new HistoryEntry(
        id,
        HistoryEntry.Operation.UNDO,
        undone.mergeId(),
        Instant.now().truncatedTo(ChronoUnit.MILLIS),
        author.user(),
        author.host(),
        author.process(),
        undone.strategy(),
        undone.deleted(),
        undone.updated(),
        undone.inserted(),
        undone.rowsAfter(),
        undone.rowsBefore(),
        undone.filesRewritten(),
        undone.filesRemoved(),
        undone.filesAdded(),
        null);
  }
}
