package dev.keymerge.internal.commit;

import dev.keymerge.MergeException;
import dev.keymerge.internal.commit.JournalStep.Add;
import dev.keymerge.internal.commit.JournalStep.Remove;
import dev.keymerge.internal.commit.JournalStep.Replace;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a target what a journal says, whatever part of that has been done already.
 *
 * <p>Every step is judged by what stands there: done, still to do, or undone by someone else, who
 * is never overwritten. All steps are judged before the first is done, and each again right before
 * it is done. So it may be stopped at any instant and repeated, and two that run at once do no
 * harm. Publishing and recovering are this same thing.
 *
 * <p>Not thread-safe; borrows the storage.
 */
final class RollForward {
  private static final String NEW_DIRECTORY = "new";

  private final Storage storage;
  private final DatasetHome home;
  private final Journal journal;
  private final StoragePath root;

  RollForward(Storage storage, DatasetHome home, Journal journal) {
    this.storage = storage;
    this.home = home;
    this.journal = journal;
    StoragePath target = home.target();
    this.root = journal.kind() == TargetKind.FILE ? target.parent() : target;
  }

  /** Returns where a directory that becomes the target as a whole is put together. */
  static StoragePath newDirectory(DatasetHome home, String mergeId) {
    return home.staging(mergeId).resolve(NEW_DIRECTORY);
  }

  /** Returns where the history with one line more waits, unless it is in a new directory. */
  static StoragePath nextHistory(DatasetHome home, String mergeId) {
    return home.staging(mergeId).resolve("history");
  }

  /**
   * Does what is still to do, and returns which steps of the journal that were.
   *
   * <p>It survives a loss of power only after {@link #sync}.
   *
   * @throws MergeException.Conflict if the journal is not for this target, or if someone else
   *     changed a file that it is about; what they did stays as it is
   */
  BitSet apply() throws IOException {
    refuseOtherTargets();
    refuseLinks();
    if (journal.form() == Journal.Form.WHOLE_DIRECTORY) {
      return moveDirectory();
    }
    BitSet pending = pending();
    for (String directory : journal.directories()) {
      storage.createDirectories(root.resolve(directory));
    }
    // Names that stay first, so that a reader misses a row for as short a time as possible.
    List<JournalStep> steps = journal.steps();
    for (int i = pending.nextSetBit(0); i >= 0; i = pending.nextSetBit(i + 1)) {
      JournalStep step = steps.get(i);
      if (!(step instanceof Remove)) {
        apply(step);
      }
    }
    for (int i = pending.nextSetBit(0); i >= 0; i = pending.nextSetBit(i + 1)) {
      JournalStep step = steps.get(i);
      if (step instanceof Remove) {
        apply(step);
      }
    }
    return pending;
  }

  /** Returns the files of the target that {@code steps} of the journal are about. */
  List<String> paths(BitSet steps) {
    return steps.stream().mapToObj(step -> journal.steps().get(step).path()).toList();
  }

  /** Returns once all that was applied survives a loss of power. */
  void sync() throws IOException {
    if (journal.form() == Journal.Form.WHOLE_DIRECTORY) {
      storage.syncDirectory(home.target().parent());
      return;
    }
    Set<StoragePath> directories = new LinkedHashSet<>();
    for (String made : journal.directories()) {
      directories.add(root.resolve(made).parent());
    }
    boolean moved = false;
    for (JournalStep step : journal.steps()) {
      directories.add(root.resolve(step.path()).parent());
      moved |= step instanceof Remove remove && !remove.kept().equals(JournalStep.NOT_KEPT);
    }
    if (moved) {
      directories.add(home.previous(journal.mergeId()));
    }
    for (StoragePath directory : directories) {
      storage.syncDirectory(directory);
    }
  }

  /**
   * Lets the history tell of this; comes after {@link #sync}, so that a history that tells of a
   * merge proves that nothing of it is left to do.
   */
  void moveHistory() throws IOException {
    StoragePath next = nextHistory(home, journal.mergeId());
    if (storage.status(next).isPresent()) {
      storage.replace(next, home.history());
    }
  }

  /** Returns once the history survives a loss of power. */
  void syncHistory() throws IOException {
    if (journal.form() == Journal.Form.FILE_BY_FILE) {
      storage.syncDirectory(home.directory());
    }
  }

  /** Returns whether the history tells of this already. */
  boolean isInHistory() throws IOException {
    DatasetHome place =
        journal.form() == Journal.Form.WHOLE_DIRECTORY ? DatasetHome.inside(home.target()) : home;
    return HistoryFile.tellsOf(storage, place.history(), journal.mergeId());
  }

  private BitSet pending() throws IOException {
    BitSet pending = new BitSet();
    int index = 0;
    for (JournalStep step : journal.steps()) {
      pending.set(index++, isPending(step));
    }
    return pending;
  }

  private boolean isPending(JournalStep step) throws IOException {
    if (step instanceof Replace replace) {
      return isPending(step, replace.source(), replace.before(), replace.after());
    } else if (step instanceof Add add) {
      return isPending(step, add.source(), null, add.after());
    }
    StoragePath file = root.resolve(step.path());
    Optional<FileStatus> present = storage.status(file);
    if (present.isEmpty()) {
      return false;
    }
    if (step instanceof Remove remove && remove.before().describes(storage, present.get())) {
      return true;
    }
    throw changed(file, "delete " + file);
  }

  /**
   * Returns whether {@code source} still has to be moved.
   *
   * <p>A name that is gone is no hindrance: nobody's file is lost by putting the new one there.
   */
  private boolean isPending(
      JournalStep step, String source, @Nullable FileState before, FileState after)
      throws IOException {
    StoragePath file = root.resolve(step.path());
    Optional<FileStatus> present = storage.status(file);
    Optional<FileStatus> waiting = storage.status(home.directory().resolve(source));
    if (waiting.isEmpty()) {
      if (present.isPresent() && after.describes(storage, present.get())) {
        return false;
      }
      throw changed(file, "delete " + home.journal() + " to keep the target as it is now");
    }
    if (present.isPresent() && isSameFile(present.get(), waiting.get())) {
      return false;
    }
    if (!after.describes(storage, waiting.get())) {
      throw changed(waiting.get().path(), "put " + waiting.get().path() + " back as it was");
    }
    if (present.isEmpty() || (before != null && before.describes(storage, present.get()))) {
      return true;
    }
    throw changed(file, "move " + file + " to another place");
  }

  /** Returns whether these are two names of one file, as a crash may leave it in mid-rename. */
  private static boolean isSameFile(FileStatus one, FileStatus other) {
    return !one.identity().isEmpty()
        && one.identity().equals(other.identity())
        && one.bytes() == other.bytes();
  }

  private void apply(JournalStep step) throws IOException {
    if (!isPending(step)) {
      return;
    }
    StoragePath file = root.resolve(step.path());
    if (step instanceof Replace replace) {
      storage.replace(home.directory().resolve(replace.source()), file);
    } else if (step instanceof Add add) {
      storage.replace(home.directory().resolve(add.source()), file);
    } else if (step instanceof Remove remove) {
      remove(remove, file);
    }
  }

  private void remove(Remove remove, StoragePath file) throws IOException {
    if (remove.kept().equals(JournalStep.NOT_KEPT)) {
      storage.delete(file);
      return;
    }
    StoragePath kept = home.directory().resolve(remove.kept());
    if (storage.status(kept).isPresent()) {
      // Only a rename that a crash left half-done gets here: the file has both names.
      storage.delete(file);
    } else {
      storage.createDirectories(kept.parent());
      storage.replace(file, kept);
    }
  }

  private BitSet moveDirectory() throws IOException {
    BitSet moved = new BitSet();
    if (isDirectoryPending()) {
      storage.replace(newDirectory(home, journal.mergeId()), home.target());
      moved.set(0, journal.steps().size());
    }
    return moved;
  }

  private boolean isDirectoryPending() throws IOException {
    StoragePath target = home.target();
    StoragePath made = newDirectory(home, journal.mergeId());
    Optional<FileStatus> present = storage.status(target);
    if (storage.status(made).isEmpty()) {
      if (present.filter(FileStatus::directory).isPresent()) {
        return false;
      }
      throw changed(target, "delete " + home.journal() + " to keep the target as it is now");
    }
    if (present.isEmpty() || (present.get().directory() && storage.list(target).isEmpty())) {
      return true;
    }
    throw changed(target, "move " + target + " to another place");
  }

  /** A journal that was copied along with its directory must not change another dataset. */
  private void refuseOtherTargets() {
    if (journal.kind() == TargetKind.FILE) {
      for (JournalStep step : journal.steps()) {
        if (!step.path().equals(home.target().name())) {
          throw changed(home.journal(), "delete " + home.journal());
        }
      }
    }
    boolean inside = home.isInside();
    boolean outsideExpected =
        journal.kind() == TargetKind.FILE || journal.form() == Journal.Form.WHOLE_DIRECTORY;
    if (inside == outsideExpected) {
      throw changed(home.journal(), "delete " + home.journal());
    }
  }

  private void refuseLinks() throws IOException {
    Set<StoragePath> places = new LinkedHashSet<>();
    places.add(home.staging(journal.mergeId()));
    places.add(home.previous());
    if (journal.form() == Journal.Form.FILE_BY_FILE) {
      for (JournalStep step : journal.steps()) {
        places.add(root.resolve(step.path()).parent());
        for (String hidden : step.hiddenFiles()) {
          places.add(home.directory().resolve(hidden).parent());
        }
      }
    }
    for (StoragePath place : places) {
      if (!storage.resolve(place.text()).equals(place)) {
        throw changed(place, "remove the link at " + place);
      }
    }
  }

  private MergeException.Conflict changed(StoragePath file, String wayOut) {
    return new MergeException.Conflict(
        "Someone changed "
            + file
            + " after merge "
            + journal.mergeId()
            + " was committed and before it was published. What they did has been left as it is,"
            + " and nothing was deleted.",
        "Decide which version shall stay: to complete the merge, restore what was there, or "
            + wayOut
            + "; then run keymerge recover.");
  }
}
