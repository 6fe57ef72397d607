package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageLock;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells live staging areas from dead ones: the merge that an area belongs to holds a lock of the
 * operating system on the file {@code owner} in it, which also names the merge, and a process that
 * ends, however it ends, holds nothing any more.
 */
public final class StagingOwner {
  static final String NAME = "owner";
  private static final Logger LOGGER = LoggerFactory.getLogger(StagingOwner.class);

  private StagingOwner() {}

  /**
   * Marks {@code directory}, which is new, as the area of this process, or returns empty if someone
   * who found it without an owner is about to remove it.
   *
   * @throws NoSuchFileException if someone has removed it already
   */
  static Optional<StorageLock> own(Storage storage, StoragePath directory) throws IOException {
    Optional<StorageLock> taken = storage.tryLock(directory.resolve(NAME));
    if (taken.isEmpty()) {
      return taken;
    }
    StorageLock lock = taken.get();
    boolean done = false;
    try {
      lock.write(LockHolder.current("merge", directory.name()).text());
      done = true;
      return taken;
    } finally {
      if (!done) {
        lock.close();
      }
    }
  }

  /** Makes an area that is over this process's own, or returns empty if it is alive. */
  static Optional<StorageLock> takeOver(Storage storage, StoragePath directory) throws IOException {
    return storage.tryLock(directory.resolve(NAME));
  }

  /**
   * Removes the area {@code directory} if its merge is over, in whatever way, and returns whether
   * it did.
   */
  public static boolean sweep(Storage storage, StoragePath directory) throws IOException {
    return sweep(storage, directory, false);
  }

  /**
   * Removes the area {@code directory} if its merge is over and none could go on with it, and
   * returns whether it did.
   */
  public static boolean sweepUnlessResumable(Storage storage, StoragePath directory)
      throws IOException {
    return sweep(storage, directory, true);
  }

  private static boolean sweep(Storage storage, StoragePath directory, boolean keepResumable)
      throws IOException {
    try {
      Optional<StorageLock> owner = takeOver(storage, directory);
      if (owner.isEmpty()) {
        return false;
      }
      // Held to the end: a merge that has just made the directory must not own it meanwhile.
      try (StorageLock held = owner.get()) {
        return !(keepResumable && isResumable(storage, directory))
            && removeHeld(storage, directory, held);
      }
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  /** Removes {@code owner} last, since whoever makes it anew owns the directory. */
  private static boolean removeHeld(Storage storage, StoragePath directory, StorageLock owner)
      throws IOException {
    for (FileStatus entry : storage.list(directory)) {
      if (!entry.path().name().equals(NAME)) {
        storage.deleteTree(entry.path());
      }
    }
    storage.delete(owner.path());
    return DatasetHome.removeIfEmpty(storage, directory);
  }

  /** Returns whether the merge of the area {@code directory} is over, in whatever way. */
  private static boolean isDead(Storage storage, StoragePath directory) throws IOException {
    Optional<StorageLock> lock = takeOver(storage, directory);
    if (lock.isPresent()) {
      lock.get().close();
    }
    return lock.isPresent();
  }

  /** Returns whether a merge could go on with what is in the area {@code directory}. */
  private static boolean isResumable(Storage storage, StoragePath directory) throws IOException {
    return storage.status(FinishedFiles.log(directory)).isPresent();
  }

  /** Returns the areas of merges into {@code target} that are over and could be resumed. */
  public static List<StoragePath> resumable(Storage storage, StoragePath target)
      throws IOException {
    List<StoragePath> areas = new ArrayList<>();
    for (DatasetHome home : DatasetHome.places(storage, target)) {
      for (StoragePath area : DatasetHome.mergeDirectories(storage, home.directory())) {
        if (isDeadAndResumable(storage, area)) {
          areas.add(area);
        }
      }
    }
    return areas;
  }

  private static boolean isDeadAndResumable(Storage storage, StoragePath directory)
      throws IOException {
    try {
      return isResumable(storage, directory) && isDead(storage, directory);
    } catch (AccessDeniedException | NoSuchFileException notOurs) {
      LOGGER.debug("Nothing can be resumed from {}", directory, notOurs);
      return false;
    }
  }
}
