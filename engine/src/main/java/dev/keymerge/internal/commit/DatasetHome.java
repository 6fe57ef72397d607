package dev.keymerge.internal.commit;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Says where the private files of one dataset stand: its lock, its journal, its history, the
 * staging areas of its merges, and the previous versions that are kept.
 *
 * <p>A directory that exists has its home inside, in {@code _keymerge}; anything else has it in
 * {@code _keymerge} beside the target, in a directory that is called like the target with {@code
 * .home} appended. Both are on the file system of the target, so that files move between home and
 * target by a rename, and hidden to readers. A directory that a merge made was born from the home
 * beside it, and may still have a journal there: {@link #places} names both.
 *
 * <p>Immutable; a home need not exist.
 *
 * @param target the dataset
 * @param directory the home
 */
public record DatasetHome(StoragePath target, StoragePath directory) {
  /** The name of the directory that holds private files. */
  public static final String NAME = "_keymerge";

  // So that nobody takes the home of a file for data, nor for a file of the home of its directory.
  private static final String BESIDE_SUFFIX = ".home";
  private static final String LOCK = "lock";
  private static final String JOURNAL = "journal";
  private static final String HISTORY = "history";
  private static final String PREVIOUS = "previous";
  private static final Pattern MERGE_ID =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

  /** Returns the home that a directory has inside. */
  public static DatasetHome inside(StoragePath target) {
    return new DatasetHome(target, target.resolve(NAME));
  }

  /** Returns the home that anything but an existing directory has beside itself. */
  public static DatasetHome beside(StoragePath target) {
    return new DatasetHome(
        target, target.parent().resolve(NAME).resolve(target.name() + BESIDE_SUFFIX));
  }

  /** Returns the home beside its target that {@code directory} is by its name, if it is one. */
  static Optional<DatasetHome> besideOf(StoragePath directory) {
    String name = directory.name();
    if (!name.endsWith(BESIDE_SUFFIX) || name.equals(BESIDE_SUFFIX)) {
      return Optional.empty();
    }
    String target = name.substring(0, name.length() - BESIDE_SUFFIX.length());
    return Optional.of(new DatasetHome(directory.parent().parent().resolve(target), directory));
  }

  /**
   * Returns the home that {@code target} has by what stands there now.
   *
   * @throws MergeException.InvalidRequest if the home is behind a link
   */
  public static DatasetHome of(Storage storage, StoragePath target) throws IOException {
    return places(storage, target).get(0);
  }

  /**
   * Returns every place where private files of {@code target} may stand, the present home first.
   *
   * @throws MergeException.InvalidRequest if one of them is behind a link
   */
  public static List<DatasetHome> places(Storage storage, StoragePath target) throws IOException {
    Optional<FileStatus> status = storage.status(target);
    boolean directory = status.isPresent() && status.get().directory();
    List<DatasetHome> places =
        directory ? List.of(inside(target), beside(target)) : List.of(beside(target));
    for (DatasetHome place : places) {
      place.refuseLinks(storage);
    }
    return places;
  }

  /** Returns whether {@code name} is one that a merge gives its staging area. */
  public static boolean isMergeId(String name) {
    return MERGE_ID.matcher(name).matches();
  }

  /** Returns whether {@code directory} is a link to one elsewhere, which Keymerge never makes. */
  static boolean isLink(Storage storage, StoragePath directory) {
    StoragePath home = storage.resolve(directory.parent().text());
    return !storage.resolve(directory.text()).equals(home.resolve(directory.name()));
  }

  /**
   * Returns the directories of merges in {@code directory}, none if that is no directory; links are
   * left out.
   */
  static List<StoragePath> mergeDirectories(Storage storage, StoragePath directory)
      throws IOException {
    if (storage.status(directory).filter(FileStatus::directory).isEmpty()) {
      return List.of();
    }
    return storage.list(directory).stream()
        .filter(FileStatus::directory)
        .map(FileStatus::path)
        .filter(path -> isMergeId(path.name()) && !isLink(storage, path))
        .toList();
  }

  /** Returns the file that is locked by who changes the dataset. */
  public StoragePath lock() {
    return directory.resolve(LOCK);
  }

  /** Returns the file whose presence says that a merge is committed and not yet cleaned up. */
  public StoragePath journal() {
    return directory.resolve(JOURNAL);
  }

  /** Returns the file that lists what was done to the dataset. */
  public StoragePath history() {
    return directory.resolve(HISTORY);
  }

  /** Returns the directory of the previous versions that are kept. */
  public StoragePath previous() {
    return directory.resolve(PREVIOUS);
  }

  /** Returns the directory of the previous version that {@code mergeId} replaced. */
  public StoragePath previous(String mergeId) {
    return previous().resolve(mergeId);
  }

  /** Returns the directory in which the merge of that id stages its files. */
  public StoragePath staging(String mergeId) {
    return directory.resolve(mergeId);
  }

  /** Returns whether this home is inside its target. */
  public boolean isInside() {
    return directory.parent().equals(target);
  }

  /**
   * Removes this home if nothing is in it, and the directory of homes beside targets if that was
   * the last one; harmless if it is in use or not there.
   */
  void removeIfEmpty(Storage storage) throws IOException {
    if (removeIfEmpty(storage, directory) && !isInside()) {
      removeIfEmpty(storage, directory.parent());
    }
  }

  /** Returns whether nothing stands at {@code directory} any more. */
  static boolean removeIfEmpty(Storage storage, StoragePath directory) throws IOException {
    if (storage.status(directory).filter(FileStatus::directory).isEmpty()) {
      return true;
    }
    try {
      if (!storage.list(directory).isEmpty()) {
        return false;
      }
      storage.delete(directory);
      return true;
    } catch (NoSuchFileException gone) {
      return true;
    } catch (IOException usedAgain) {
      // Another merge may have put something there since the directory was listed, and may have
      // taken it away again with the directory.
      if (storage.status(directory).isEmpty()) {
        return true;
      }
      if (storage.list(directory).isEmpty()) {
        throw usedAgain;
      }
      return false;
    }
  }

  /** What is moved out of a home that leads elsewhere could be anything. */
  private void refuseLinks(Storage storage) {
    StoragePath real = storage.resolve(directory.text());
    if (!real.equals(directory)) {
      throw new MergeException.InvalidRequest(
          "The private files of the target "
              + target
              + " should stand in "
              + directory
              + ", but a link leads from there to "
              + real
              + ".",
          "Remove the link, and run the command again.");
    }
  }
}
