package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.internal.commit.StagedChange.Add;
import dev.keymerge.internal.commit.StagedChange.Remove;
import dev.keymerge.internal.commit.StagedChange.Replace;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;

/**
 * Does everything for a publication that readers of the target do not notice, and writes down what
 * is left to do.
 *
 * <p>Serves one merge, once; not thread-safe. Borrows all that it is given.
 */
final class PublicationPreparation {
  private final Storage storage;
  private final Runnable checkpoint;
  private final Snapshot snapshot;
  private final HistoryEntry entry;
  private final DatasetHome home;
  private final StoragePath root;
  private final MemoryReservation memory;
  private final JournalSteps.Builder steps = new JournalSteps.Builder();
  private int keptFiles;

  /**
   * Creates a preparation.
   *
   * @param memory charged with what the journal takes
   */
  PublicationPreparation(
      CommitResources resources,
      Snapshot snapshot,
      StagingArea staging,
      HistoryEntry entry,
      MemoryReservation memory) {
    this.storage = resources.storage();
    this.checkpoint = resources.checkpoint();
    this.snapshot = snapshot;
    this.entry = entry;
    this.memory = memory;
    this.home = staging.home();
    this.root = snapshot.kind() == TargetKind.FILE ? snapshot.target().parent() : snapshot.target();
  }

  /**
   * Prepares changes of a target file by file: gives new files the permissions of old ones, and
   * previous versions a place.
   *
   * @param footers knows the digest of the footer of each change's staged file
   */
  Journal fileByFile(List<StagedChange> changes, IntToLongFunction footers) throws IOException {
    StoragePath previous = home.previous(entry.mergeId());
    if (keepsPrevious()) {
      createShared(home.previous());
      createShared(previous);
    }
    Set<String> directories = new TreeSet<>();
    int index = 0;
    for (StagedChange change : changes) {
      checkpoint.run();
      String path = change.target().relativeTo(root);
      long footer = footers.applyAsLong(index++);
      if (change instanceof Replace replace) {
        storage.copyAttributes(replace.target(), replace.staged().path());
        add(
            new JournalStep.Replace(
                path,
                relative(replace.staged().path()),
                before(replace.target()),
                FileState.of(status(replace.staged().path()), footer),
                nextKeptName()));
      } else if (change instanceof Add add) {
        if (!snapshot.files().isEmpty()) {
          storage.copyAttributes(snapshot.files().get(0).path(), add.staged().path());
        }
        addMissingDirectories(add.target().parent(), directories);
        add(
            new JournalStep.Add(
                path,
                relative(add.staged().path()),
                FileState.of(status(add.staged().path()), footer)));
      } else if (change instanceof Remove remove) {
        add(new JournalStep.Remove(path, before(remove.target()), nextKeptName()));
      }
    }
    HistoryFile.extend(
        storage, home.history(), entry, RollForward.nextHistory(home, entry.mergeId()));
    return new Journal(
        entry, snapshot.kind(), Journal.Form.FILE_BY_FILE, List.copyOf(directories), steps.build());
  }

  /**
   * Puts the files of a directory that does not exist yet together, still in the staging area, with
   * its history and, if it is wanted, the record that taking the merge back needs.
   *
   * @param footers knows the digest of the footer of each addition's staged file
   */
  Journal wholeDirectory(List<Add> additions, IntToLongFunction footers) throws IOException {
    StoragePath directory = RollForward.newDirectory(home, entry.mergeId());
    DatasetHome newHome = DatasetHome.inside(directory);
    Set<StoragePath> made = new LinkedHashSet<>();
    makeDirectory(newHome.directory(), directory, made);
    int index = 0;
    for (Add add : additions) {
      checkpoint.run();
      String path = add.target().relativeTo(root);
      StoragePath file = directory.resolve(path);
      makeDirectory(file.parent(), directory, made);
      storage.replace(add.staged().path(), file);
      FileState after = FileState.of(status(file), footers.applyAsLong(index++));
      add(new JournalStep.Add(path, relative(file), after));
    }
    HistoryFile.extend(storage, newHome.history(), entry, newHome.history());
    Journal journal =
        new Journal(
            entry, TargetKind.DIRECTORY, Journal.Form.WHOLE_DIRECTORY, List.of(), steps.build());
    if (keepsPrevious()) {
      makeDirectory(newHome.previous(entry.mergeId()), directory, made);
      JournalFile.write(storage, PreviousVersions.record(newHome, entry.mergeId()), journal);
    }
    for (StoragePath each : made) {
      storage.syncDirectory(each);
    }
    return journal;
  }

  /**
   * Gives the files that {@code journal} replaces their second names, if they are kept.
   *
   * <p>Comes last before the commit point: a second name shows in a file's times, so that nobody
   * could resume a merge that stops later.
   */
  void keepPrevious(Journal journal) throws IOException {
    if (!keepsPrevious() || journal.form() == Journal.Form.WHOLE_DIRECTORY) {
      return;
    }
    for (JournalStep step : journal.steps()) {
      checkpoint.run();
      if (step instanceof JournalStep.Replace replace) {
        storage.duplicate(root.resolve(replace.path()), home.directory().resolve(replace.kept()));
      }
    }
    storage.syncDirectory(home.previous(entry.mergeId()));
    storage.syncDirectory(home.previous());
  }

  /** Makes a directory for all who may change the home. */
  private void createShared(StoragePath directory) throws IOException {
    if (DatasetHome.isLink(storage, directory)) {
      throw new IOException(directory + ": a link where Keymerge keeps files; remove it");
    }
    if (storage.status(directory).isEmpty()) {
      storage.createDirectories(directory);
      storage.copyAttributes(home.directory(), directory);
    }
  }

  private void makeDirectory(StoragePath directory, StoragePath top, Set<StoragePath> made)
      throws IOException {
    storage.createDirectories(directory);
    for (StoragePath each = directory; made.add(each) && !each.equals(top); ) {
      each = each.parent();
    }
  }

  private void add(JournalStep step) throws IOException {
    memory.grow(JournalFormat.CHECK_BYTES + steps.add(step));
  }

  /** Returns what the snapshot knows about {@code file}, which is replaced or removed. */
  private FileState before(StoragePath file) throws IOException {
    return FileState.of(storage, snapshot.files().get(snapshot.indexOf(file)).status());
  }

  private FileStatus status(StoragePath file) throws IOException {
    return storage.status(file).orElseThrow(() -> new NoSuchFileException(file.text()));
  }

  private String nextKeptName() {
    return keepsPrevious()
        ? PreviousVersions.name(entry.mergeId(), keptFiles++)
        : JournalStep.NOT_KEPT;
  }

  private boolean keepsPrevious() {
    return entry.keptUntil() != null;
  }

  private void addMissingDirectories(StoragePath directory, Set<String> missing)
      throws IOException {
    for (StoragePath each = directory;
        !each.equals(root) && storage.status(each).isEmpty();
        each = each.parent()) {
      missing.add(each.relativeTo(root));
    }
  }

  private String relative(StoragePath file) {
    return file.relativeTo(home.directory());
  }
}
