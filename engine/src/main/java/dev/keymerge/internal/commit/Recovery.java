package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.MergeException;
import dev.keymerge.RecoveryResult;
import dev.keymerge.RecoveryResult.Outcome;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settles what merges that were interrupted have left.
 *
 * <p>A journal says that its merge is committed: what is left to do is done. Without a journal the
 * target is as it was, and what a merge that is over has left is removed, as are previous versions
 * that are kept no longer. A dataset that no merge has touched is not touched either.
 *
 * <p>May be stopped at any instant and repeated. The caller holds the lock of the dataset; two that
 * run at once all the same do no harm. Stateless apart from what it borrows.
 */
public final class Recovery {
  private static final Logger LOGGER = LoggerFactory.getLogger(Recovery.class);

  private final Storage storage;
  private final MemoryBudget budget;
  private final AbandonedStaging abandoned;

  /**
   * Creates a recovery.
   *
   * @param storage where targets stand
   * @param budget what plans are charged to
   * @param abandoned tells which staging areas may go
   */
  public Recovery(Storage storage, MemoryBudget budget, AbandonedStaging abandoned) {
    this.storage = storage;
    this.budget = budget;
    this.abandoned = abandoned;
  }

  /**
   * Settles {@code target}.
   *
   * @throws MergeException.Conflict if someone else changed a file that a committed merge has still
   *     to publish, or the journal is of a later version; nothing of theirs is touched
   * @throws MergeException.InputOutput if a step failed, or the journal is damaged; repeating it is
   *     safe
   */
  public RecoveryResult run(StoragePath target) {
    try {
      Completed completed = complete(target);
      List<String> takenBack = new ArrayList<>();
      for (DatasetHome home : DatasetHome.places(storage, target)) {
        if (storage.status(home.directory()).filter(FileStatus::directory).isPresent()) {
          tidyUp(home, takenBack);
        } else {
          home.removeIfEmpty(storage);
        }
      }
      Outcome outcome =
          completed.entry() != null
              ? Outcome.ROLLED_FORWARD
              : takenBack.isEmpty() ? Outcome.NOTHING_TO_DO : Outcome.TAKEN_BACK;
      return new RecoveryResult(outcome, completed.entry(), completed.files(), takenBack);
    } catch (IOException failure) {
      throw StorageFailure.of("recover the target " + target, failure);
    }
  }

  /** Tells which merge was completed, if any, and what that changed. */
  private record Completed(@Nullable HistoryEntry entry, List<String> files) {}

  private Completed complete(StoragePath target) throws IOException {
    Completed completed = new Completed(null, List.of());
    for (DatasetHome home : DatasetHome.places(storage, target)) {
      if (storage.status(home.journal()).filter(file -> !file.directory()).isPresent()) {
        try (MemoryReservation memory = budget.open("journal of an interrupted merge")) {
          completed = complete(home, read(home, memory));
        }
      }
    }
    return completed;
  }

  private Journal read(DatasetHome home, MemoryReservation memory) throws IOException {
    try {
      return JournalFile.read(storage, home.journal(), memory);
    } catch (AccessDeniedException denied) {
      throw notPermitted(home, "another user", denied);
    } catch (MalformedJournalException malformed) {
      throw new MergeException.InputOutput(
          "A merge into "
              + home.target()
              + " was interrupted, and its journal cannot be read: "
              + malformed.getMessage(),
          "If a later version of Keymerge wrote it, use that. Otherwise the disk has damaged it:"
              + " compare the files of the target with those in "
              + home.directory()
              + ", then delete the journal to keep the target as it is. Nothing has been deleted.",
          malformed);
    }
  }

  private static MergeException notPermitted(
      DatasetHome home, String user, AccessDeniedException denied) {
    return new MergeException.InputOutput(
        "A merge of "
            + user
            + " into "
            + home.target()
            + " was interrupted and has to be completed first, which this user may not: "
            + denied.getMessage()
            + ".",
        "Have keymerge recover run on the target by "
            + user
            + ", or by someone who may change its directories and "
            + home.directory()
            + ".",
        denied);
  }

  private Completed complete(DatasetHome home, Journal journal) throws IOException {
    try {
      return completeAll(home, journal);
    } catch (AccessDeniedException denied) {
      throw notPermitted(home, journal.entry().user(), denied);
    }
  }

  private Completed completeAll(DatasetHome home, Journal journal) throws IOException {
    RollForward rollForward = new RollForward(storage, home, journal);
    List<String> files = List.of();
    if (rollForward.isInHistory()) {
      // Everything had been done and synced, and others may have changed files rightly since;
      // only the name of a new directory may not have been.
      if (journal.form() == Journal.Form.WHOLE_DIRECTORY) {
        rollForward.sync();
      }
    } else {
      // Its writer may have been killed before the journal's name was safe: a file that is
      // published must never outlive the journal that tells of the others.
      storage.syncDirectory(home.directory());
      files = rollForward.paths(rollForward.apply());
      rollForward.sync();
      rollForward.moveHistory();
    }
    rollForward.syncHistory();
    new JournalRetirement(storage, home, journal).run();
    removeStaging(home.staging(journal.mergeId()));
    LOGGER.info("Completed the interrupted merge {} into {}", journal.mergeId(), home.target());
    return new Completed(journal.entry(), files);
  }

  private void removeStaging(StoragePath staging) throws IOException {
    try {
      storage.deleteTree(staging);
    } catch (AccessDeniedException notOurs) {
      // What another user's merge had spilled is that user's alone.
      LOGGER.warn("Files of a merge that is complete remain in {}", staging, notOurs);
    }
  }

  /** Removes what nobody needs; there is no journal. */
  private void tidyUp(DatasetHome home, List<String> takenBack) throws IOException {
    storage.delete(JournaledCommit.draft(home));
    new PreviousVersions(storage, home).sweep(Instant.now());
    for (StoragePath staging : DatasetHome.mergeDirectories(storage, home.directory())) {
      if (remove(staging)) {
        takenBack.add(staging.name());
      }
    }
    home.removeIfEmpty(storage);
  }

  private boolean remove(StoragePath staging) throws IOException {
    try {
      return abandoned.remove(staging);
    } catch (AccessDeniedException notOurs) {
      // Another user's, who can remove it; the target does not depend on it.
      LOGGER.warn("Files of a merge that is over may remain in {}", staging, notOurs);
      return false;
    }
  }
}
