package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.internal.commit.StagedChange.Add;
import dev.keymerge.internal.commit.StagedChange.Remove;
import dev.keymerge.internal.commit.StagedChange.Replace;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToLongFunction;

/**
 * Does everything for a publication that readers of the target do not notice, and writes down what
 * is left to do.
 *
 * <p>Serves one merge, once; not thread-safe. Borrows all that it is given.
 */
final class PublicationPreparation {
  private final Storage storage;
  private final Snapshot snapshot;
  private final HistoryEntry entry;
  private final DatasetHome home;
  private final StoragePath root;
  private int keptFiles;

  PublicationPreparation(
      Storage storage, Snapshot snapshot, StagingArea staging, HistoryEntry entry) {
    this.storage = storage;
    this.snapshot = snapshot;
    this.entry = entry;
    this.home = staging.home();
    this.root = snapshot.kind() == TargetKind.FILE ? snapshot.target().parent() : snapshot.target();
  }

  /**
   * Prepares changes of a target file by file: gives new files the permissions of old ones, and
   * previous versions a place.
   *
   * @param changed what the snapshot knows about the files that are replaced or removed
   * @param footers knows the digests of staged files' footers
   */
  Journal fileByFile(
      List<StagedChange> changes,
      Map<StoragePath, TargetFile> changed,
      ToLongFunction<StagedFile> footers)
      throws IOException {
    StoragePath previous = home.previous(entry.mergeId());
    if (keepsPrevious()) {
      createShared(home.previous());
      createShared(previous);
    }
    List<JournalStep> steps = new ArrayList<>();
    Set<String> directories = new TreeSet<>();
    for (StagedChange change : changes) {
      String path = change.target().relativeTo(root);
      TargetFile file = changed.get(change.target());
      if (change instanceof Replace replace && file != null) {
        storage.copyAttributes(replace.target(), replace.staged().path());
        steps.add(
            new JournalStep.Replace(
                path,
                relative(replace.staged().path()),
                FileState.of(storage, file.status()),
                after(replace.staged(), footers),
                nextKeptName()));
      } else if (change instanceof Add add) {
        if (!snapshot.files().isEmpty()) {
          storage.copyAttributes(snapshot.files().get(0).path(), add.staged().path());
        }
        addMissingDirectories(add.target().parent(), directories);
        steps.add(
            new JournalStep.Add(path, relative(add.staged().path()), after(add.staged(), footers)));
      } else if (change instanceof Remove && file != null) {
        steps.add(
            new JournalStep.Remove(path, FileState.of(storage, file.status()), nextKeptName()));
      }
    }
    HistoryFile.extend(
        storage, home.history(), entry, RollForward.nextHistory(home, entry.mergeId()));
    return new Journal(
        entry, snapshot.kind(), Journal.Form.FILE_BY_FILE, List.copyOf(directories), steps);
  }

  /**
   * Puts the files of a directory that does not exist yet together, still in the staging area, with
   * its history and, if it is wanted, the record that taking the merge back needs.
   *
   * @param footers knows the digests of staged files' footers
   */
  Journal wholeDirectory(List<Add> additions, ToLongFunction<StagedFile> footers)
      throws IOException {
    StoragePath directory = RollForward.newDirectory(home, entry.mergeId());
    DatasetHome newHome = DatasetHome.inside(directory);
    Set<StoragePath> made = new LinkedHashSet<>();
    makeDirectory(newHome.directory(), directory, made);
    List<JournalStep> steps = new ArrayList<>();
    for (Add add : additions) {
      String path = add.target().relativeTo(root);
      StoragePath file = directory.resolve(path);
      makeDirectory(file.parent(), directory, made);
      storage.replace(add.staged().path(), file);
      FileState after = FileState.of(status(file), footers.applyAsLong(add.staged()));
      steps.add(new JournalStep.Add(path, relative(file), after));
    }
    HistoryFile.extend(storage, newHome.history(), entry, newHome.history());
    Journal journal =
        new Journal(entry, TargetKind.DIRECTORY, Journal.Form.WHOLE_DIRECTORY, List.of(), steps);
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
      if (step instanceof JournalStep.Replace replace) {
        storage.duplicate(
            root.resolve(replace.path()), home.directory().resolve(replace.kept()));
      }
    }
    storage.syncDirectory(home.previous(entry.mergeId()));
    storage.syncDirectory(home.previous());
  }

  /** Makes a directory for all who may change the home. */
  private void createShared(StoragePath directory) throws IOException {
    if (StagingOwner.isLink(storage, directory)) {
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

  private FileState after(StagedFile staged, ToLongFunction<StagedFile> footers)
      throws IOException {
    return FileState.of(status(staged.path()), footers.applyAsLong(staged));
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
