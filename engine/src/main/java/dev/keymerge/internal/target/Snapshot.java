package dev.keymerge.internal.target;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds the files of a target as they were at one moment, and can tell whether they still are.
 *
 * <p>Made by a {@link SnapshotReader}. A target that does not exist, and a directory without data
 * files, are datasets without rows and without a schema. Immutable and thread-safe.
 */
public final class Snapshot {
  private static final int ID_CHARACTERS_IN_NAMES = 12;
  private static final int NAMES_SHOWN = 3;

  private final Storage storage;
  private final TargetListing listing;
  private final List<TargetFile> files;
  private final @Nullable DatasetSchema schema;
  private final String id;

  Snapshot(
      Storage storage,
      TargetListing listing,
      List<TargetFile> files,
      @Nullable DatasetSchema schema,
      String id) {
    this.storage = storage;
    this.listing = listing;
    this.files = List.copyOf(files);
    this.schema = schema;
    this.id = id;
  }

  /** Returns where the target stands or will stand. */
  public StoragePath target() {
    return listing.target();
  }

  /**
   * Returns in which form the target keeps its rows; for one that does not exist, the form that its
   * name asks for.
   */
  public TargetKind kind() {
    return listing.kind();
  }

  /** Returns whether the target's file or directory was there. */
  public boolean exists() {
    return listing.exists();
  }

  /** Returns the data files in path order. */
  public List<TargetFile> files() {
    return files;
  }

  /**
   * Returns where among {@link #files} the one at {@code path} is, or a negative number if it is
   * none of them.
   */
  public int indexOf(StoragePath path) {
    int low = 0;
    int high = files.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = files.get(middle).path().compareTo(path);
      if (order == 0) {
        return middle;
      } else if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /** Returns the number of rows in all files. */
  public long rows() {
    return files.stream().mapToLong(TargetFile::rows).sum();
  }

  /** Returns the length of all files in bytes. */
  public long bytes() {
    return files.stream().mapToLong(file -> file.status().bytes()).sum();
  }

  /** Returns what the files agree on, or empty if there are none. */
  public Optional<DatasetSchema> schema() {
    return Optional.ofNullable(schema);
  }

  /**
   * Returns a text in hexadecimal digits that differs between targets of different content, and not
   * with times or places.
   */
  public String id() {
    return id;
  }

  /**
   * Returns where the new file {@code number}, counted from 0, belongs; equal targets give their
   * new files equal names.
   */
  public StoragePath newFile(int number) {
    if (kind() == TargetKind.FILE) {
      throw new IllegalStateException("A target that is one file has no room for another");
    }
    return target()
        .resolve(
            String.format(
                Locale.ROOT,
                "keymerge-%s-%05d.parquet",
                id.substring(0, ID_CHARACTERS_IN_NAMES),
                number));
  }

  /**
   * Lists the target again and returns if nothing has changed.
   *
   * @throws MergeException.Conflict if files were added, changed or removed
   */
  public void verifyUnchanged() {
    verify(FileStatus::sameContent);
  }

  /**
   * Lists the target again and returns if nothing at all has happened to its files, not even that
   * one was overwritten by as many bytes and given its old time.
   *
   * @throws MergeException.Conflict if files were added, touched or removed
   */
  public void verifyUntouched() {
    verify(FileStatus::untouched);
  }

  private void verify(BiPredicate<FileStatus, FileStatus> same) {
    BitSet present = new BitSet();
    BitSet changed = new BitSet();
    List<StoragePath> added = new ArrayList<>();
    TargetListing now;
    try {
      now =
          TargetListing.visit(
              storage,
              target(),
              status -> {
                int index = indexOf(status.path());
                if (index < 0) {
                  added.add(status.path());
                } else {
                  present.set(index);
                  changed.set(index, !same.test(status, files.get(index).status()));
                }
              });
    } catch (IOException failure) {
      throw StorageFailure.of("list the target " + target(), failure);
    }
    List<String> differences = new ArrayList<>();
    for (int index = 0; index < files.size(); index++) {
      if (!present.get(index)) {
        differences.add(files.get(index).path() + " was removed");
      } else if (changed.get(index)) {
        differences.add(files.get(index).path() + " was changed");
      }
    }
    added.stream().sorted().forEach(path -> differences.add(path + " was added"));
    if (differences.isEmpty() && (now.exists() != exists() || now.kind() != kind())) {
      differences.add(target() + (now.exists() ? " was made" : " was removed"));
    }
    if (!differences.isEmpty()) {
      throw conflict(differences);
    }
  }

  private static MergeException.Conflict conflict(List<String> differences) {
    String shown = differences.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "));
    int more = differences.size() - NAMES_SHOWN;
    return new MergeException.Conflict(
        "Someone changed the target while it was merged into: "
            + shown
            + (more > 0 ? " and " + more + " more" : "")
            + ".",
        "Make sure that nothing else writes there, and run the merge again;"
            + " nothing was changed by it.");
  }
}
