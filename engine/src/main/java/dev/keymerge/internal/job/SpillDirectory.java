package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageLock;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes, when it is first needed, the directory in which one merge spills: in its staging area, or
 * where the settings say.
 *
 * <p>Elsewhere than in the staging area, which has an owner of its own, a locked file beside the
 * directory says that the merge lives; directories of merges that do not are removed. Thread-safe
 * until closed; closing removes the directory and never fails.
 */
final class SpillDirectory implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(SpillDirectory.class);
  private static final String PREFIX = "keymerge-spill-";
  private static final String LOCK_SUFFIX = ".lock";
  private static final int ATTEMPTS = 20;

  private final Storage storage;
  private final SpillSettings settings;
  private final Staging staging;
  private @Nullable StoragePath directory;
  private @Nullable StorageLock lock;

  SpillDirectory(Storage storage, SpillSettings settings, Staging staging) {
    this.storage = storage;
    this.settings = settings;
    this.staging = staging;
  }

  /** Returns where the merge may spill, and how much. */
  SpillPlace place() {
    return new SpillPlace(storage, this::directory, settings.limitBytes());
  }

  private synchronized StoragePath directory() {
    StoragePath made = directory;
    if (made == null) {
      Path elsewhere = settings.directory();
      try {
        made = elsewhere == null ? inStaging() : below(storage.resolve(elsewhere.toString()));
      } catch (IOException failure) {
        throw StorageFailure.of("make a directory for spilled data", failure);
      }
      directory = made;
    }
    return made;
  }

  private StoragePath inStaging() throws IOException {
    StoragePath made = staging.area().directory().resolve("spill");
    storage.createPrivateDirectory(made);
    return made;
  }

  private StoragePath below(StoragePath parent) throws IOException {
    storage.createDirectories(parent);
    removeAbandoned(parent);
    for (int attempt = 1; ; attempt++) {
      String name = PREFIX + UUID.randomUUID();
      Optional<StorageLock> taken = storage.tryLock(parent.resolve(name + LOCK_SUFFIX));
      if (taken.isPresent()) {
        lock = taken.get();
        StoragePath made = parent.resolve(name);
        storage.createPrivateDirectory(made);
        return made;
      }
      // Another merge took it for abandoned before it was locked, and removes it.
      if (attempt == ATTEMPTS) {
        throw new MergeException.Conflict(
            "Somebody else holds " + parent.resolve(name + LOCK_SUFFIX) + ".",
            "Run the merge again.");
      }
    }
  }

  private void removeAbandoned(StoragePath parent) throws IOException {
    for (FileStatus entry : storage.list(parent)) {
      String name = entry.path().name();
      if (!entry.directory() && name.startsWith(PREFIX) && name.endsWith(LOCK_SUFFIX)) {
        Optional<StorageLock> free = tryLockAbandoned(entry.path());
        if (free.isPresent()) {
          remove(
              parent.resolve(name.substring(0, name.length() - LOCK_SUFFIX.length())), free.get());
        }
      }
    }
  }

  /** Nobody's merge fails for what others have left, or planted, in a directory that is shared. */
  private Optional<StorageLock> tryLockAbandoned(StoragePath file) {
    try {
      return storage.tryLock(file);
    } catch (IOException notOurs) {
      LOGGER.debug("Not looked at: {}", file, notOurs);
      return Optional.empty();
    }
  }

  private void remove(StoragePath abandoned, StorageLock held) {
    try (held) {
      storage.deleteTree(abandoned);
      storage.delete(held.path());
    } catch (IOException failure) {
      LOGGER.warn("Spilled data of a merge that is over remains in {}", abandoned, failure);
    }
  }

  @Override
  public synchronized void close() {
    StoragePath made = directory;
    StorageLock held = lock;
    if (held != null) {
      lock = null;
      remove(made == null ? held.path() : made, held);
    } else if (made != null) {
      try {
        storage.deleteTree(made);
      } catch (IOException failure) {
        LOGGER.warn("Spilled data remains in {}", made, failure);
      }
    }
  }
}
