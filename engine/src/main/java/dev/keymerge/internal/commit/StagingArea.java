package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageLock;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetKind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the hidden directory, on the file system of the target, in which one merge writes its files
 * until they are published.
 *
 * <p>It stands in the dataset's {@link DatasetHome}. Its name is new for every merge, so that
 * leftovers of a merge that was killed are never met. Closing removes it with all that is still in
 * it, and the directories that were made for it unless others use them; it never fails, and when it
 * takes too long it leaves the rest to the next command. Until the commit only the owner of the
 * process can look into it, and as long as the process lives it is marked as such.
 *
 * <p>Creating files is thread-safe. The owner closes it when nobody writes any more.
 */
public final class StagingArea implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(StagingArea.class);
  static final String SUFFIX = ".staged";
  private static final int CREATION_ATTEMPTS = 20;

  // Whoever cancels a merge is promised an end within ten seconds.
  private static final Duration CLEANUP_TIME = Duration.ofSeconds(4);

  private final Storage storage;
  private final DatasetHome home;
  private final StoragePath directory;
  // What to remove if nobody uses it, innermost first.
  private final Deque<StoragePath> parents;
  // Fewer than the synced ones: only those that are being written.
  private final Set<StoragePath> unsynced = ConcurrentHashMap.newKeySet();
  private @Nullable StorageLock owner;
  private boolean kept;
  private volatile boolean committed;
  private boolean closed;

  private StagingArea(Storage storage, DatasetHome home, String id, Deque<StoragePath> parents) {
    this.storage = storage;
    this.home = home;
    this.directory = home.staging(id);
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
    return create(storage, inside ? DatasetHome.inside(target) : DatasetHome.beside(target));
  }

  /**
   * Makes a staging area in {@code home}; the caller closes it.
   *
   * @throws dev.keymerge.MergeException.InputOutput if the directory cannot be made
   */
  static StagingArea create(Storage storage, DatasetHome home) {
    Deque<StoragePath> parents = new ArrayDeque<>();
    parents.add(home.directory());
    if (!home.isInside()) {
      parents.add(home.directory().parent());
    }
    try {
      StoragePath ancestor = parents.getLast().parent();
      while (storage.status(ancestor).isEmpty()) {
        parents.add(ancestor);
        ancestor = ancestor.parent();
      }
      for (int attempt = 1; ; attempt++) {
        StagingArea area = new StagingArea(storage, home, UUID.randomUUID().toString(), parents);
        if (area.make(attempt == CREATION_ATTEMPTS)) {
          return area;
        }
      }
    } catch (IOException failure) {
      throw StorageFailure.of("make a place for new files of the target " + home.target(), failure);
    }
  }

  /**
   * Makes the directory and owns it, or returns false if someone who tidies up took it for one that
   * is left over, and removes it.
   */
  private boolean make(boolean last) throws IOException {
    boolean done = false;
    boolean theirs = false;
    try {
      createDirectories(storage, directory.parent());
      storage.createPrivateDirectory(directory);
      StorageLock taken = StagingOwner.own(storage, directory).orElse(null);
      owner = taken;
      done = taken != null;
      theirs = taken == null && !last;
      if (taken == null && last) {
        throw new IOException(directory + " belongs to another merge");
      }
    } catch (NoSuchFileException gone) {
      theirs = !last;
      if (last) {
        throw gone;
      }
    } finally {
      if (!done && !theirs) {
        close();
      }
    }
    return done;
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

  /** Returns the name of the merge whose files these are: the last part of the directory. */
  public String mergeId() {
    return directory.name();
  }

  /** Returns the home that this area is in. */
  DatasetHome home() {
    return home;
  }

  /**
   * Returns once the names of all files here, and of all directories above that were made for them,
   * survive a loss of power.
   */
  void syncNames() throws IOException {
    storage.syncDirectory(directory);
    StoragePath above = home.directory();
    storage.syncDirectory(above);
    while (!above.equals(home.isInside() ? home.target() : home.target().parent())) {
      above = above.parent();
      storage.syncDirectory(above);
    }
    if (storage.status(home.target()).isEmpty()) {
      syncAncestors(above);
    }
  }

  /** Any of them may be new when the target is. */
  private void syncAncestors(StoragePath directory) throws IOException {
    StoragePath above = directory;
    while (!above.equals(above.parent())) {
      above = above.parent();
      try {
        storage.syncDirectory(above);
      } catch (AccessDeniedException notOurs) {
        // Whoever may not look into a directory has not made one in it either.
        return;
      }
    }
  }

  /**
   * Creates a file for a name that is new in this area; the caller writes, syncs and closes it.
   *
   * <p>The file's own name does not end in {@code .parquet}, so that readers that list hidden
   * directories take no notice of it.
   */
  public StorageOutput create(String name) throws IOException {
    return new StagedOutput(storage.create(path(name)), unsynced);
  }

  /** Returns where a file of that name stands in this area. */
  public StoragePath path(String name) {
    return directory.resolve(name + SUFFIX);
  }

  /** Returns whether {@code file}, made here, was synced after the last byte written to it. */
  boolean isSynced(StoragePath file) {
    return file.parent().equals(directory) && !unsynced.contains(file);
  }

  /** Lets everything stand when the area is closed, for who resumes the merge. */
  public void keepForResume() {
    kept = true;
  }

  /**
   * Says that the merge is or may be committed from now on: everything stands when the area is
   * closed, because a journal may need it.
   */
  void passCommitPoint() {
    committed = true;
    kept = true;
  }

  /** Says that the merge is certainly not committed: everything goes again. */
  void takeBackCommitPoint() {
    kept = false;
    committed = false;
  }

  /** Returns whether the merge is committed, or may be. */
  public boolean isCommitted() {
    return committed;
  }

  /** Returns whether everything stands when the area is closed. */
  boolean isKept() {
    return kept;
  }

  /** Lets everything go when the area is closed, since no journal needs it any more. */
  void release() {
    kept = false;
  }

  @Override
  public void close() {
    close(CLEANUP_TIME);
  }

  /**
   * Closes the area, and takes no longer than {@code patience} for removing files: what is left is
   * that of a merge that is over, which the next command on the dataset removes.
   */
  void close(Duration patience) {
    if (closed) {
      return;
    }
    closed = !kept;
    try (Closeable held = owner == null ? () -> {} : owner) {
      if (kept || !removeFiles(patience)) {
        return;
      }
      for (StoragePath parent : parents) {
        if (!DatasetHome.removeIfEmpty(storage, parent)) {
          break;
        }
      }
    } catch (IOException | RuntimeException | Error failure) {
      LOGGER.warn("Files of a merge that is over remain in {}", directory, failure);
    }
  }

  /** Removes the area and returns true, or returns false when the time is over. */
  private boolean removeFiles(Duration patience) throws IOException {
    if (storage.status(directory).isEmpty()) {
      return true;
    }
    long start = System.nanoTime();
    // First, so that nobody resumes what has been removed in part.
    storage.delete(FinishedFiles.log(directory));
    for (FileStatus entry : storage.list(directory)) {
      if (System.nanoTime() - start >= patience.toNanos()) {
        LOGGER.info("The next command on {} removes what is left in {}", home.target(), directory);
        return false;
      }
      if (entry.directory()) {
        storage.deleteTree(entry.path());
      } else if (!entry.path().name().equals(StagingOwner.NAME)) {
        storage.delete(entry.path());
      }
    }
    storage.deleteTree(directory);
    return true;
  }
}
