package dev.keymerge.internal.commit;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageLock;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps operations apart whose targets share files because one target lies in the other: a file or
 * directory that is a dataset by itself, and a directory above it that is one too.
 *
 * <p>Each target has a lock of its own. Whoever has taken one looks afterwards whether another one
 * above is held, and whoever changes a directory looks also below; so of two that begin at the same
 * time at least one notices the other. A merge that is committed and not completed counts as well.
 *
 * <p>Stateless apart from what it borrows.
 */
public final class OverlappingDatasets {
  private static final Logger LOGGER = LoggerFactory.getLogger(OverlappingDatasets.class);
  private static final int PROBES = 5;
  private static final long PROBE_PAUSE_MILLIS = 10;

  private final Storage storage;
  private final StoragePath target;

  /** Looks around {@code target}, whose lock the caller holds if it means to change it. */
  public OverlappingDatasets(Storage storage, StoragePath target) {
    this.storage = storage;
    this.target = target;
  }

  /** Returns the home of a dataset around the target that someone holds. */
  Optional<DatasetHome> heldAround() throws IOException {
    for (DatasetHome home : around()) {
      if (isHeld(home)) {
        return Optional.of(home);
      }
    }
    return Optional.empty();
  }

  /**
   * Returns if no dataset around the target has a merge that is committed and not completed.
   *
   * @throws MergeException.Conflict otherwise
   */
  public void requireCompletedAround() throws IOException {
    requireCompleted(around(), "in which " + target + " lies");
  }

  /**
   * Returns if no dataset within the target has a merge that is committed and not completed.
   *
   * @param files the files of the target that count
   * @throws MergeException.Conflict otherwise
   */
  public void requireCompletedWithin(Collection<StoragePath> files) throws IOException {
    requireCompletedInside(within(files));
  }

  /**
   * Returns if no dataset within the target is being changed, or has a merge that is committed and
   * not completed.
   *
   * @param files the files of the target that count
   * @throws MergeException.Conflict otherwise
   */
  public void requireQuietWithin(Collection<StoragePath> files) throws IOException {
    List<DatasetHome> homes = within(files);
    for (DatasetHome home : homes) {
      if (isHeld(home)) {
        throw new MergeException.Conflict(
            home.target()
                + ", which lies in "
                + target
                + ", is being changed as a dataset by itself: "
                + DatasetLock.holder(storage, home)
                + ".",
            "Wait until that is done, and run this command again.");
      }
    }
    requireCompletedInside(homes);
  }

  private void requireCompletedInside(List<DatasetHome> homes) throws IOException {
    requireCompleted(homes, "which lies in " + target);
  }

  private void requireCompleted(List<DatasetHome> homes, String where) throws IOException {
    for (DatasetHome home : homes) {
      if (look(home.journal()).filter(file -> !file.directory()).isPresent()) {
        throw new MergeException.Conflict(
            "A merge into "
                + home.target()
                + ", "
                + where
                + ", was interrupted and is not completed yet.",
            "Run keymerge recover " + home.target() + ", and then this command again.");
      }
    }
  }

  /** Returns every home that a dataset around the target may have. */
  public List<DatasetHome> around() {
    List<DatasetHome> homes = new ArrayList<>();
    StoragePath below = target;
    for (StoragePath each = target.parent(); !each.equals(below); each = each.parent()) {
      homes.add(DatasetHome.inside(each));
      if (!each.equals(each.parent())) {
        homes.add(DatasetHome.beside(each));
      }
      below = each;
    }
    return homes;
  }

  /** Returns every home of datasets that have one of {@code files}, or stand beside one. */
  private List<DatasetHome> within(Collection<StoragePath> files) throws IOException {
    Set<StoragePath> directories = new TreeSet<>();
    directories.add(target);
    for (StoragePath file : files) {
      StoragePath directory = file.parent();
      while (directory.text().startsWith(target.text() + "/") && directories.add(directory)) {
        directory = directory.parent();
      }
    }
    List<DatasetHome> homes = new ArrayList<>();
    for (StoragePath directory : directories) {
      StoragePath privates = directory.resolve(DatasetHome.NAME);
      if (storage.status(privates).filter(FileStatus::directory).isEmpty()) {
        continue;
      }
      if (!directory.equals(target)) {
        homes.add(DatasetHome.inside(directory));
      }
      for (FileStatus entry : storage.list(privates)) {
        DatasetHome.besideOf(entry.path()).ifPresent(homes::add);
      }
    }
    return homes;
  }

  private boolean isHeld(DatasetHome home) throws IOException {
    try {
      for (int probe = 1; storage.status(home.lock()).isPresent(); probe++) {
        Optional<StorageLock> free = storage.tryLock(home.lock());
        if (free.isPresent()) {
          // Its holder is dead; nobody else would take this for alive.
          try (StorageLock dead = free.get()) {
            storage.delete(dead.path());
          }
          return false;
        }
        if (probe == PROBES) {
          return true;
        }
        // It may be one that just looks, too.
        pause();
      }
      return false;
    } catch (NoSuchFileException gone) {
      return false;
    } catch (AccessDeniedException closed) {
      // Whether its holder lives cannot be told, unless nobody here may even look for it.
      return look(home.lock()).isPresent();
    }
  }

  /** Returns what stands at {@code path}; nothing where this user may not look. */
  private Optional<FileStatus> look(StoragePath path) throws IOException {
    try {
      return storage.status(path);
    } catch (AccessDeniedException closed) {
      LOGGER.debug("Not looked at: {}", path, closed);
      return Optional.empty();
    }
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(PROBE_PAUSE_MILLIS);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
  }
}
