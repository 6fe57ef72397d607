package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;

/**
 * Puts the journal of a complete publication away: where the previous version is kept it tells from
 * then on what undoing takes, otherwise it goes.
 *
 * <p>May be stopped at any instant and repeated. Borrows the storage; not thread-safe.
 */
final class JournalRetirement {
  private final Storage storage;
  private final DatasetHome home;
  private final Journal journal;

  JournalRetirement(Storage storage, DatasetHome home, Journal journal) {
    this.storage = storage;
    this.home = home;
    this.journal = journal;
  }

  void run() throws IOException {
    if (storage.status(home.journal()).isEmpty()) {
      // Someone else has done it meanwhile.
      return;
    }
    dropUndone();
    StoragePath previous = home.previous(journal.mergeId());
    // A new directory was born with the record of what it takes to undo that.
    if (journal.keepsPrevious()
        && journal.form() == Journal.Form.FILE_BY_FILE
        && storage.status(previous).isPresent()) {
      storage.replace(home.journal(), PreviousVersions.record(home, journal.mergeId()));
      storage.syncDirectory(previous);
      // A crash may leave a file under both names, and then a rename does nothing.
      storage.delete(home.journal());
    } else {
      storage.delete(home.journal());
    }
    storage.syncDirectory(home.directory());
  }

  /** What an undo has brought back is not kept any more. */
  private void dropUndone() throws IOException {
    String undone = journal.entry().undoes();
    if (undone != null && !DatasetHome.isLink(storage, home.previous(undone))) {
      storage.delete(PreviousVersions.record(home, undone));
      storage.deleteTree(home.previous(undone));
      if (storage.status(home.previous()).isPresent()) {
        storage.syncDirectory(home.previous());
      }
    }
  }
}
