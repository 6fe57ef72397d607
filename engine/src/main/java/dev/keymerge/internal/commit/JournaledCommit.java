package dev.keymerge.internal.commit;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits a publication that is wholly prepared: writes its journal, makes that valid by one
 * rename, and does what it says.
 *
 * <p>Until the rename nothing of the target has changed, and a failure takes everything back. From
 * the rename on nothing is taken back: what fails then is tried again, and if it fails for good the
 * journal and everything that it names stay where they are until a recovery completes it. Tidying
 * up afterwards fails nothing.
 *
 * <p>Serves one publication, once; not thread-safe. The caller holds the lock of the dataset.
 */
final class JournaledCommit {
  private static final Logger LOGGER = LoggerFactory.getLogger(JournaledCommit.class);

  private final Storage storage;
  private final DatasetHome home;
  private final StagingArea staging;
  private final Journal journal;

  /** Creates the commit of what {@code journal} says, whose private files are in {@code home}. */
  JournaledCommit(Storage storage, DatasetHome home, StagingArea staging, Journal journal) {
    this.storage = storage;
    this.home = home;
    this.staging = staging;
    this.journal = journal;
  }

  /** Returns where a journal stands until it is valid. */
  static StoragePath draft(DatasetHome home) {
    return home.directory().resolve("journal.tmp");
  }

  /**
   * Commits.
   *
   * @param lastCheck run right before the commit point; may throw to stop it
   * @throws MergeException.OutcomeUnknown if nobody can tell, or the publication could not be
   *     completed; nothing has been deleted
   * @throws MergeException for every other failure; the target is as it was
   */
  void run(Runnable lastCheck) {
    writeDraft();
    try {
      lastCheck.run();
    } catch (RuntimeException | Error stopped) {
      dropDraft(stopped);
      throw stopped;
    }
    // An interrupt has to wait until this is over: it could cut a step in two.
    boolean interrupted = Thread.interrupted();
    try {
      staging.passCommitPoint();
      makeValid();
      publish();
      tidyUp();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void writeDraft() {
    try {
      for (DatasetHome place : DatasetHome.places(storage, home.target())) {
        if (storage.status(place.journal()).isPresent()) {
          throw new MergeException.Conflict(
              "An interrupted merge into " + home.target() + " is not completed yet.",
              "Run keymerge recover, and then the merge again.");
        }
      }
      storage.delete(draft(home));
      JournalFile.write(storage, draft(home), journal);
      // From the commit point on, all who may change the dataset may complete the merge.
      storage.copyAttributes(home.directory(), staging.directory());
      staging.syncNames();
    } catch (IOException failure) {
      dropDraft(failure);
      throw StorageFailure.of("write the journal of the merge in " + home.directory(), failure);
    }
  }

  private void dropDraft(Throwable cause) {
    try {
      storage.delete(draft(home));
    } catch (IOException failure) {
      // Harmless: only a journal of the right name counts.
      cause.addSuppressed(failure);
    }
  }

  /** Passes the commit point. */
  private void makeValid() {
    try {
      storage.replace(draft(home), home.journal());
    } catch (IOException failure) {
      requireValid(failure);
    } catch (RuntimeException | Error failure) {
      throw unknown(
          "The merge into "
              + home.target()
              + " may be committed: its journal was just being made valid",
          failure);
    }
    try {
      storage.syncDirectory(home.directory());
    } catch (IOException | RuntimeException | Error failure) {
      throw unknown(
          "The merge into "
              + home.target()
              + " may be committed: it could not be made sure that its journal survives",
          failure);
    }
  }

  /**
   * Finds out whether a rename that was reported as failed was done all the same.
   *
   * <p>Once the draft is deleted, it can never become the journal any more.
   */
  private void requireValid(IOException failure) {
    boolean valid;
    try {
      valid = storage.status(home.journal()).filter(file -> !file.directory()).isPresent();
      if (!valid) {
        storage.delete(draft(home));
      }
    } catch (IOException | RuntimeException | Error unclear) {
      failure.addSuppressed(unclear);
      throw unknown(
          "The merge into "
              + home.target()
              + " may be committed: it could not be found out whether its journal is valid",
          failure);
    }
    if (!valid) {
      staging.takeBackCommitPoint();
      throw new MergeException.InputOutput(
          "Cannot commit the merge into "
              + home.target()
              + ", which is as it was: "
              + failure.getMessage(),
          StorageFailure.remedy(failure),
          failure);
    }
  }

  /** Does what the journal says, if need be twice. */
  private void publish() {
    RollForward rollForward = new RollForward(storage, home, journal);
    try {
      twice(rollForward::apply);
      // A sync that failed is not tried again: the second one may succeed without having synced.
      rollForward.sync();
      twice(rollForward::moveHistory);
      rollForward.syncHistory();
    } catch (IOException | RuntimeException | Error failure) {
      throw unknown(
          "The merge into " + home.target() + " is committed, but could not be completed", failure);
    }
  }

  @FunctionalInterface
  private interface Repeatable {
    void run() throws IOException;
  }

  private static void twice(Repeatable action) throws IOException {
    try {
      action.run();
    } catch (IOException first) {
      try {
        action.run();
      } catch (IOException second) {
        second.addSuppressed(first);
        throw second;
      }
    }
  }

  private void tidyUp() {
    staging.release();
    try {
      new JournalRetirement(storage, home, journal).run();
    } catch (IOException | RuntimeException | Error failure) {
      // Whatever it is, not even a lack of memory makes a merge fail that is complete.
      LOGGER.warn(
          "The journal of a merge that is complete remains in {}; the next command removes it",
          home.directory(),
          failure);
    }
  }

  private MergeException.OutcomeUnknown unknown(String what, Throwable cause) {
    return new MergeException.OutcomeUnknown(
        what + " (" + cause.getMessage() + ").",
        "Nothing was deleted; what is needed to complete the merge stands in "
            + home.directory()
            + ". Run keymerge recover on the target; every other command on it does so too.",
        cause);
  }
}
