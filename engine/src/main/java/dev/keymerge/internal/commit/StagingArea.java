package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the hidden directory, on the file system of the target, in which one merge writes its files
 * until they are published.
 *
 * <p>It stands in the dataset's {@link DatasetHome}. Its name is new for every merge, so that
 * leftovers of a merge that was killed are never met. Closing removes it with all that is still in
 * it, and the directories that were made for it unless others use them; it never fails.
 *
 * <p>Creating files is thread-safe. The owner closes it when nobody writes any more.
 */
public final class StagingArea implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StagingArea.class);
  private static final String SUFFIX = ".staged";
  private static final int CREATION_ATTEMPTS = 20;

  private final Storage storage;
  private final StoragePath directory;
  // What to remove if nobody uses it, innermost first.
  private final Deque<StoragePath> parents;
  private final Set<StoragePath> synced = ConcurrentHashMap.newKeySet();
  private boolean kept;
  private boolean closed;

  private StagingArea(Storage storage, StoragePath directory, Deque<StoragePath> parents) {
    this.storage = storage;
    this.directory = directory;
    this.parents = parents;
  }

  /**
   * Makes a staging area for a merge into the target of {@code snapshot}; the caller closes it.
   *
   * @throws dev.keymerge.MergeException.InputOutput if the directory cannot be made
   */
  public static StagingArea create(Storage storage, Snapshot snapshot) {
    StoragePath target = snapshot.target();
    boolean inside = snapshot.exists() && snapshot.kind() == TargetKind.DIRECTORY;
    DatasetHome home = inside ? DatasetHome.inside(target) : DatasetHome.beside(target);
    Deque<StoragePath> parents = new ArrayDeque<>();
    parents.add(home.directory());
    if (!inside) {
      parents.add(home.directory().parent());
    }
    StoragePath directory = home.staging(UUID.randomUUID().toString());
    try {
      StoragePath ancestor = parents.getLast().parent();
      while (storage.status(ancestor).isEmpty()) {
        parents.add(ancestor);
        ancestor = ancestor.parent();
      }
      createDirectories(storage, directory);
    } catch (IOException failure) {
      new StagingArea(storage, directory, parents).close();
      throw StorageFailure.of("make a place for new files of the target " + target, failure);
    }
    return new StagingArea(storage, directory, parents);
  }

  private static void createDirectories(Storage storage, StoragePath directory) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        storage.createDirectories(directory);
        return;
      } catch (NoSuchFileException goneAgain) {
        // Another merge that ends just now may take away the parent that it leaves empty.
        if (attempt == CREATION_ATTEMPTS) {
          throw goneAgain;
        }
      }
    }
  }

  /** Returns the directory of this area. */
  public StoragePath directory() {
    return directory;
  }

  /**
   * Creates a file for a name that is new in this area; the caller writes, syncs and closes it.
   *
   * <p>The file's own name does not end in {@code .parquet}, so that readers that list hidden
   * directories take no notice of it.
   */
  public StorageOutput create(String name) throws IOException {
    return new StagedOutput(storage.create(path(name)), synced);
  }

  /** Returns where a directory may be put together that becomes the target as a whole. */
  StoragePath newDirectory() {
    return directory.resolve("new");
  }

  /** Returns where a file of that name stands in this area. */
  StoragePath path(String name) {
    return directory.resolve(name + SUFFIX);
  }

  /**
   * Returns whether {@code file} was made here, and synced after the last byte was written to it.
   */
  boolean isSynced(StoragePath file) {
    return synced.contains(file);
  }

  /**
   * Lets everything stand when the area is closed, because nobody can say any more what of it is
   * needed.
   */
  void keep() {
    kept = true;
  }

  @Override
  public void close() {
    if (closed || kept) {
      return;
    }
    closed = true;
    try {
      storage.deleteTree(directory);
      for (StoragePath parent : parents) {
        if (!removeIfEmpty(parent)) {
          break;
        }
      }
    } catch (IOException failure) {
      LOGGER.warn("Files of a merge that is over remain in {}", directory, failure);
    }
  }

  private boolean removeIfEmpty(StoragePath parent) throws IOException {
    if (storage.status(parent).filter(FileStatus::directory).isEmpty()) {
      return true;
    }
    if (!storage.list(parent).isEmpty()) {
      return false;
    }
    try {
      storage.delete(parent);
      return true;
    } catch (IOException usedAgain) {
      // Another merge may have put its own area there since the directory was listed.
      if (storage.list(parent).isEmpty()) {
        throw usedAgain;
      }
      return false;
    }
  }
}
