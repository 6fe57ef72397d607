package dev.keymerge.internal.target;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lists the data files of a target.
 *
 * <p>In a directory these are the visible files, at any depth, whose names end in {@code .parquet},
 * whatever the letter case; other files are left alone, unless there are no data files besides
 * them. A target that does not exist is a directory to be, unless its name ends like that of a data
 * file.
 *
 * @param target where the target stands
 * @param kind its form
 * @param exists whether anything stands there
 * @param files its data files in path order
 */
record TargetListing(StoragePath target, TargetKind kind, boolean exists, List<FileStatus> files) {
  private static final String SUFFIX = ".parquet";

  /**
   * Looks at what stands at {@code target} now.
   *
   * @throws MergeException.InvalidRequest if it is a directory of a layout that cannot be merged
   *     into
   */
  static TargetListing read(Storage storage, StoragePath target) throws IOException {
    List<FileStatus> files = new ArrayList<>();
    TargetListing place = visit(storage, target, files::add);
    files.sort(Comparator.comparing(FileStatus::path));
    return new TargetListing(target, place.kind(), place.exists(), List.copyOf(files));
  }

  /**
   * Looks at what stands at {@code target} now, shows {@code visitor} each data file, in any order,
   * and returns a listing without files.
   *
   * @throws MergeException.InvalidRequest as {@link #read}
   */
  static TargetListing visit(Storage storage, StoragePath target, Consumer<FileStatus> visitor)
      throws IOException {
    Optional<FileStatus> status = storage.status(target);
    if (status.isEmpty()) {
      TargetKind kind = isDataFile(target) ? TargetKind.FILE : TargetKind.DIRECTORY;
      return new TargetListing(target, kind, false, List.of());
    }
    if (!status.get().directory()) {
      visitor.accept(status.get());
      return new TargetListing(target, TargetKind.FILE, true, List.of());
    }
    DataFiles files = new DataFiles(storage, target, visitor);
    storage.visitDataFiles(target, files);
    StoragePath other = files.other;
    if (!files.found && other != null) {
      throw new MergeException.InvalidRequest(
          "No file in the target "
              + target
              + " has a name that ends in "
              + SUFFIX
              + ", but it is not empty either: "
              + other
              + ".",
          "Name another directory, or rename its Parquet files.");
    }
    return new TargetListing(target, TargetKind.DIRECTORY, true, List.of());
  }

  /** Shows data files to a visitor, and keeps the first in path order of all that are none. */
  private static final class DataFiles implements Consumer<FileStatus> {
    private final Storage storage;
    private final StoragePath target;
    private final Consumer<FileStatus> visitor;
    private boolean found;
    private @Nullable StoragePath other;

    private DataFiles(Storage storage, StoragePath target, Consumer<FileStatus> visitor) {
      this.storage = storage;
      this.target = target;
      this.visitor = visitor;
    }

    @Override
    public void accept(FileStatus file) {
      StoragePath known = other;
      if (isDataFile(file.path())) {
        checkPlace(storage, target, file.path());
        found = true;
        visitor.accept(file);
      } else if (known == null || file.path().compareTo(known) < 0) {
        other = file.path();
      }
    }
  }

  private static boolean isDataFile(StoragePath path) {
    return path.name().toLowerCase(Locale.ROOT).endsWith(SUFFIX);
  }

  private static void checkPlace(Storage storage, StoragePath target, StoragePath file) {
    String relative = file.relativeTo(target);
    String[] parts = relative.split("/");
    for (int i = 0; i < parts.length - 1; i++) {
      if (parts[i].indexOf('=') > 0) {
        throw new MergeException.InvalidRequest(
            "The target "
                + target
                + " is partitioned by directories like "
                + parts[i]
                + ", which Keymerge cannot merge into.",
            "Merge into one partition at a time by naming its directory as the target.");
      }
    }
    // Replacing what stands behind a link would replace the link, and the file behind it would stay
    // as it is.
    StoragePath real = storage.resolve(file.text());
    if (!real.equals(file)) {
      throw new MergeException.InvalidRequest(
          "The target's file " + file + " stands behind a link, in truth at " + real + ".",
          "Name the directory that really holds the files,"
              + " or put the files themselves into the target.");
    }
  }
}
