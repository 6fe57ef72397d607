package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.internal.commit.DatasetHome;
import dev.keymerge.internal.commit.OverlappingDatasets;
import dev.keymerge.internal.scan.SourceWatch;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes sure that a source which is a dataset, or lies in one, is read in one version: merges into
 * it that are committed and not completed are completed first, and one that comes while files are
 * listed refuses the source.
 *
 * <p>For one source; not thread-safe.
 */
final class SourceDatasets implements SourceWatch {
  private final Storage storage;
  private final Completion completion;
  private final Map<StoragePath, Optional<FileStatus>> histories = new HashMap<>();
  private @Nullable StoragePath place;

  /** Completes what an interrupted merge into a dataset has left to do. */
  @FunctionalInterface
  interface Completion {
    void complete(StoragePath dataset) throws IOException;
  }

  SourceDatasets(Storage storage, Completion completion) {
    this.storage = storage;
    this.completion = completion;
  }

  /** Creates the watch of a source in which nothing may be completed: it is refused then. */
  static SourceDatasets onlyLooking(Storage storage) {
    return new SourceDatasets(storage, dataset -> {});
  }

  @Override
  public void looking(StoragePath where) throws IOException {
    place = where;
    for (DatasetHome home : homes(where)) {
      if (status(home.journal()).isPresent()) {
        complete(home.target());
      }
    }
    for (DatasetHome home : homes(where)) {
      histories.put(home.history(), status(home.history()));
    }
  }

  @Override
  public void found(List<StoragePath> files) throws IOException {
    StoragePath where = place;
    if (where == null) {
      throw new IllegalStateException("Nobody has looked for files");
    }
    for (DatasetHome home : homes(where)) {
      if (status(home.journal()).isPresent()) {
        throw notCompleted(home.target());
      }
    }
    // The history is the last that a merge replaces.
    for (Map.Entry<StoragePath, Optional<FileStatus>> history : histories.entrySet()) {
      Optional<FileStatus> before = history.getValue();
      Optional<FileStatus> now = status(history.getKey());
      if (before.isPresent() != now.isPresent()
          || (before.isPresent() && !now.get().sameContent(before.get()))) {
        throw new MergeException.Conflict(
            "A merge into the source " + where + " came while its files were listed.",
            "Run the command again.");
      }
    }
    if (storage.status(where).filter(FileStatus::directory).isPresent()) {
      new OverlappingDatasets(storage, where).requireCompletedWithin(files);
    }
  }

  private List<DatasetHome> homes(StoragePath where) throws IOException {
    List<DatasetHome> homes = new ArrayList<>(DatasetHome.places(storage, where));
    homes.addAll(new OverlappingDatasets(storage, where).around());
    return homes;
  }

  private void complete(StoragePath dataset) throws IOException {
    try {
      completion.complete(dataset);
    } catch (MergeException.Conflict failure) {
      throw new MergeException.Conflict(
          unfinished(dataset) + failure.getMessage(), remedy(dataset));
    } catch (MergeException.InputOutput failure) {
      throw notCompleted(dataset, failure);
    } catch (IOException failure) {
      throw notCompleted(dataset, failure);
    }
  }

  private static MergeException notCompleted(StoragePath dataset, Exception failure) {
    return new MergeException.InputOutput(
        unfinished(dataset) + failure.getMessage(), remedy(dataset), failure);
  }

  private static MergeException notCompleted(StoragePath dataset) {
    return new MergeException.Conflict(
        "A merge into "
            + dataset
            + ", from which the source is read, was interrupted, or is just being published.",
        remedy(dataset));
  }

  private static String unfinished(StoragePath dataset) {
    return "A merge into "
        + dataset
        + ", from which the source is read, was interrupted, and could not be completed first: ";
  }

  private static String remedy(StoragePath dataset) {
    return "Run keymerge recover " + dataset + ", and then this command again.";
  }

  /** Nobody keeps a dataset around another one in a directory into which they may not look. */
  private Optional<FileStatus> status(StoragePath path) throws IOException {
    try {
      return storage.status(path);
    } catch (AccessDeniedException closed) {
      return Optional.empty();
    }
  }
}
