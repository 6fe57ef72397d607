package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageLock;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Tells live staging areas from dead ones: the merge that an area belongs to holds a lock of the
 * operating system on the file {@code owner} in it, which also names the merge, and a process that
 * ends, however it ends, holds nothing any more.
 */
public final class StagingOwner {
  static final String NAME = "owner";

  private StagingOwner() {}

  /** Marks {@code directory}, which is new, as the area of this process. */
  static StorageLock own(Storage storage, StoragePath directory) throws IOException {
    StorageLock lock =
        storage
            .tryLock(directory.resolve(NAME))
            .orElseThrow(() -> new IOException(directory + " belongs to another merge"));
    boolean done = false;
    try {
      lock.write(LockHolder.current("merge", directory.name()).text());
      done = true;
      return lock;
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

  /** Returns whether the merge of the area {@code directory} is over, in whatever way. */
  public static boolean isDead(Storage storage, StoragePath directory) throws IOException {
    Optional<StorageLock> lock = takeOver(storage, directory);
    if (lock.isPresent()) {
      lock.get().close();
    }
    return lock.isPresent();
  }

  /** Returns whether a merge could go on with what is in the area {@code directory}. */
  public static boolean isResumable(Storage storage, StoragePath directory) throws IOException {
    return storage.status(FinishedFiles.log(directory)).isPresent();
  }

  /** Returns the areas of merges into {@code target} that are over and could be resumed. */
  public static List<StoragePath> resumable(Storage storage, StoragePath target)
      throws IOException {
    List<StoragePath> areas = new ArrayList<>();
    for (DatasetHome home : DatasetHome.places(storage, target)) {
      if (storage.status(home.directory()).filter(FileStatus::directory).isEmpty()) {
        continue;
      }
      for (FileStatus entry : storage.list(home.directory())) {
        if (entry.directory()
            && DatasetHome.isMergeId(entry.path().name())
            && isResumable(storage, entry.path())
            && isDead(storage, entry.path())) {
          areas.add(entry.path());
        }
      }
    }
    return areas;
  }
}
