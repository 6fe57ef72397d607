package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what merges have replaced, a directory per merge: its files, and the journal of the merge
 * as the record of which file was what.
 *
 * <p>Without its record a directory is worth nothing, so the record comes last and goes first. The
 * names end like those of no data file. Not thread-safe; the caller holds the lock of the dataset.
 */
final class PreviousVersions {
  private static final Logger LOGGER = LoggerFactory.getLogger(PreviousVersions.class);
  private static final String RECORD = "record";

  private final Storage storage;
  private final DatasetHome home;

  PreviousVersions(Storage storage, DatasetHome home) {
    this.storage = storage;
    this.home = home;
  }

  /** Returns where the record of what {@code mergeId} replaced stands. */
  static StoragePath record(DatasetHome home, String mergeId) {
    return home.previous(mergeId).resolve(RECORD);
  }

  /** Returns the name, relative to the home, for file {@code number} of what a merge replaces. */
  static String name(String mergeId, int number) {
    return "previous/" + mergeId + "/" + number + ".kept";
  }

  /** Removes what is kept no longer, and what lost its record or never had one. */
  void sweep(Instant now) throws IOException {
    if (storage.status(home.previous()).filter(FileStatus::directory).isEmpty()
        || DatasetHome.isLink(storage, home.previous())) {
      return;
    }
    for (StoragePath kept : DatasetHome.mergeDirectories(storage, home.previous())) {
      if (isOver(kept.name(), now)) {
        storage.delete(record(home, kept.name()));
        storage.deleteTree(kept);
      }
    }
    if (storage.list(home.previous()).isEmpty()) {
      storage.delete(home.previous());
    }
  }

  private boolean isOver(String mergeId, Instant now) throws IOException {
    StoragePath record = record(home, mergeId);
    if (storage.status(record).isEmpty()) {
      return true;
    }
    try {
      Instant keptUntil = JournalFile.readEntry(storage, record).keptUntil();
      return keptUntil == null || keptUntil.isBefore(now);
    } catch (MalformedJournalException damaged) {
      // Whoever kept it may still want the files.
      LOGGER.warn("A previous version is kept for good, its record is damaged", damaged);
      return false;
    }
  }
}
