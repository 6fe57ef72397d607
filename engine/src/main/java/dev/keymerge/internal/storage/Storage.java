package dev.keymerge.internal.storage;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Does everything that Keymerge does to files, in a dozen verbs.
 *
 * <p>Thread-safe. Every verb throws {@link java.nio.file.NoSuchFileException} for a missing file
 * where it needs one, and {@link IOException} with the path in its message for everything else that
 * fails. A thread that was interrupted gets {@link java.io.InterruptedIOException} from reading and
 * writing, and stays interrupted.
 */
public interface Storage {
  /**
   * Returns the path in this storage that a user means by {@code text}: absolute, normal, and with
   * the links in its existing part followed, so that one file has one path.
   *
   * @throws dev.keymerge.MergeException.InvalidRequest if {@code text} cannot be a path of this
   *     storage
   */
  StoragePath resolve(String text);

  /** Returns what stands at {@code path}, or empty if nothing does. */
  Optional<FileStatus> status(StoragePath path) throws IOException;

  /**
   * Returns the files below {@code directory} at any depth, in path order; directories are not
   * listed.
   *
   * <p>Names that start with {@code _} or {@code .}, of files and of directories, are left out.
   * Links are followed; one that leads nowhere or in a circle fails.
   */
  List<FileStatus> listDataFiles(StoragePath directory) throws IOException;

  /**
   * Shows {@code visitor} the files that {@link #listDataFiles} lists, in any order, and holds as
   * few of them at once as it can.
   */
  default void visitDataFiles(StoragePath directory, Consumer<FileStatus> visitor)
      throws IOException {
    listDataFiles(directory).forEach(visitor);
  }

  /**
   * Returns every file and directory directly in {@code directory}, hidden ones too, in path order.
   */
  List<FileStatus> list(StoragePath directory) throws IOException;

  /** Opens {@code path} for reading; the caller closes it. */
  StorageInput open(StoragePath path) throws IOException;

  /**
   * Creates {@code path}, which must not exist, and opens it for writing; its directory must exist;
   * the caller closes it.
   */
  StorageOutput create(StoragePath path) throws IOException;

  /** Creates {@code directory} and every missing parent; harmless if it exists. */
  void createDirectories(StoragePath directory) throws IOException;

  /**
   * Creates {@code directory}, whose parent must exist, so that only its owner can look into it and
   * change it, where the storage knows such a thing; harmless if it exists.
   */
  void createPrivateDirectory(StoragePath directory) throws IOException;

  /**
   * Gives {@code file} the permissions and, where possible, the group and the owner of {@code
   * model}; a file that gets those of a directory may be read and written by those who may list and
   * change that.
   *
   * <p>Where its group cannot be that of {@code model}, its group may do no more than everyone may.
   */
  void copyAttributes(StoragePath model, StoragePath file) throws IOException;

  /**
   * Makes {@code copy}, which must not exist, hold what {@code file} holds: as a second name of the
   * same file where the storage knows such a thing, otherwise as a true copy with the same time and
   * permissions.
   *
   * <p>Replacing or removing either of the two leaves the other as it is; neither may be written
   * to.
   */
  void duplicate(StoragePath file, StoragePath copy) throws IOException;

  /**
   * Moves {@code from}, a file or a directory with all that is in it, to {@code to} in one atomic
   * step, replacing a file that stands there.
   */
  void replace(StoragePath from, StoragePath to) throws IOException;

  /** Removes a file or an empty directory; harmless if it is not there. */
  void delete(StoragePath path) throws IOException;

  /**
   * Removes {@code directory} and everything below it; harmless if it is not there; follows no
   * links.
   */
  void deleteTree(StoragePath directory) throws IOException;

  /**
   * Returns once the names in {@code directory} survive a loss of power; an interrupt does not cut
   * it short.
   */
  void syncDirectory(StoragePath directory) throws IOException;

  /**
   * Gives the directory that {@code status} describes the time back that it had then: for who made
   * something in it and took it away again.
   */
  void restoreTime(FileStatus status) throws IOException;

  /**
   * Locks {@code file}, which is made if it is missing and whose directory must exist, for this
   * process, and returns the lock, or empty if someone holds it, in this process or another one.
   *
   * <p>It is released when it is closed, and when the process ends in any way. A file that is
   * locked must not be opened.
   */
  Optional<StorageLock> tryLock(StoragePath file) throws IOException;

  /**
   * Returns what the holder of the lock {@code file} wrote to it, or an empty text if nobody has.
   */
  String lockText(StoragePath file) throws IOException;

  /** Returns how many bytes can still be written where {@code path} stands. */
  long usableBytes(StoragePath path) throws IOException;
}
