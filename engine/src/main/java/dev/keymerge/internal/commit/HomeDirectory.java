package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes the directories of a dataset's home, and takes those away again that nobody uses.
 *
 * <p>Where that leaves nothing behind, the directory above gets its time back, so that a merge that
 * changes nothing leaves no trace. Not thread-safe.
 */
final class HomeDirectory {
  private static final int CREATION_ATTEMPTS = 20;

  private final Storage storage;
  // What to remove if nobody uses it, innermost first.
  private final Deque<StoragePath> directories = new ArrayDeque<>();
  private final Set<StoragePath> shared = new HashSet<>();
  private @Nullable FileStatus above;
  private @Nullable FileStatus aboveSince;

  private HomeDirectory(Storage storage) {
    this.storage = storage;
  }

  /** Makes the directories of {@code home} and all that are missing above it. */
  static HomeDirectory make(Storage storage, DatasetHome home) throws IOException {
    HomeDirectory made = new HomeDirectory(storage);
    made.directories.add(home.directory());
    if (!home.isInside()) {
      made.directories.add(home.directory().parent());
    }
    made.shared.addAll(made.directories);
    StoragePath ancestor = made.directories.getLast().parent();
    while (storage.status(ancestor).isEmpty()) {
      made.directories.add(ancestor);
      ancestor = ancestor.parent();
    }
    for (int attempt = 1; ; attempt++) {
      try {
        made.makeAll(ancestor);
        return made;
      } catch (NoSuchFileException goneAgain) {
        // Another merge that ends just now may take away the parent that it leaves empty.
        if (attempt == CREATION_ATTEMPTS) {
          throw goneAgain;
        }
      }
    }
  }

  private void makeAll(StoragePath ancestor) throws IOException {
    StoragePath model = ancestor;
    StoragePath[] outerFirst = directories.toArray(new StoragePath[0]);
    for (int i = outerFirst.length - 1; i >= 0; i--) {
      StoragePath directory = outerFirst[i];
      if (storage.status(directory).isEmpty()) {
        FileStatus before = storage.status(model).orElseThrow(() -> gone(directory));
        storage.createDirectories(directory);
        if (shared.contains(directory)) {
          // Whoever may change the dataset may also take over when this process dies.
          storage.copyAttributes(model, directory);
        }
        if (above == null) {
          above = before;
          aboveSince = storage.status(model).orElse(null);
        }
      }
      model = directory;
    }
  }

  private static NoSuchFileException gone(StoragePath directory) {
    return new NoSuchFileException(directory.text(), null, "its parent is gone");
  }

  /** Removes the directories that are empty. */
  void removeIfUnused() throws IOException {
    FileStatus before = above;
    boolean restore = false;
    if (before != null) {
      Optional<FileStatus> now = storage.status(before.path());
      FileStatus since = aboveSince;
      restore =
          since != null
              && now.isPresent()
              && now.get().modifiedNanos() == since.modifiedNanos()
              && now.get().identity().equals(since.identity());
    }
    for (StoragePath directory : directories) {
      if (!DatasetHome.removeIfEmpty(storage, directory)) {
        return;
      }
    }
    if (before != null && restore && storage.status(before.path()).isPresent()) {
      storage.restoreTime(before);
    }
  }
}
