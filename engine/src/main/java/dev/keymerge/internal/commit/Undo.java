package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Remembers, before each step of a publication, how to take it back.
 *
 * <p>A step that failed may have been done all the same, so every step is taken back by looking at
 * what stands there now. Not thread-safe.
 */
final class Undo {
  private final Storage storage;
  private final Deque<Step> steps = new ArrayDeque<>();
  private final Set<StoragePath> directories = new LinkedHashSet<>();

  Undo(Storage storage) {
    this.storage = storage;
  }

  /** Takes one step back; harmless if the step was not done. */
  @FunctionalInterface
  private interface TakeBack {
    void run() throws IOException;
  }

  /** Ties a way back to the file that it concerns. */
  private record Step(StoragePath file, TakeBack takeBack) {}

  /** Remembers that {@code target} is replaced, and that {@code previous} holds what it was. */
  void replacing(StoragePath target, StoragePath previous) {
    add(target, () -> storage.replace(previous, target));
  }

  /** Remembers that {@code file} is moved to {@code destination}, where nothing stands. */
  void moving(StoragePath file, StoragePath destination) {
    directories.add(file.parent());
    add(
        destination,
        () -> {
          // If the file never left, what stands at its destination is not ours.
          if (storage.status(file).isEmpty()) {
            storage.replace(destination, file);
          }
        });
  }

  /** Remembers that {@code directory}, which does not exist, is made. */
  void making(StoragePath directory) {
    add(
        directory,
        () -> {
          if (storage.status(directory).filter(FileStatus::directory).isPresent()
              && storage.list(directory).isEmpty()) {
            storage.delete(directory);
          }
        });
  }

  private void add(StoragePath file, TakeBack takeBack) {
    directories.add(file.parent());
    steps.push(new Step(file, takeBack));
  }

  /**
   * Returns the directories in which names change, in the order in which they were first touched.
   */
  Set<StoragePath> directories() {
    return directories;
  }

  /**
   * Takes everything back, newest first, as far as it goes.
   *
   * @param cause gets what fails here as suppressed exceptions
   * @return the files that could not be put back; empty if all is as it was
   */
  List<StoragePath> run(Throwable cause) {
    List<StoragePath> failed = new ArrayList<>();
    for (Step step : steps) {
      attempt(step.file, step.takeBack, cause, failed);
    }
    if (!steps.isEmpty()) {
      for (StoragePath directory : directories) {
        attempt(directory, () -> syncIfPresent(directory), cause, failed);
      }
    }
    return failed;
  }

  private void syncIfPresent(StoragePath directory) throws IOException {
    if (storage.status(directory).isPresent()) {
      storage.syncDirectory(directory);
    }
  }

  private static void attempt(
      StoragePath file, TakeBack action, Throwable cause, List<StoragePath> failed) {
    try {
      action.run();
    } catch (IOException | RuntimeException failure) {
      cause.addSuppressed(failure);
      failed.add(file);
    }
  }
}
