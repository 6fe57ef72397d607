package dev.keymerge.internal.storage;

import dev.keymerge.MergeException;
import java.io.File;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps files in the file system of this machine.
 *
 * <p>A file's identity is its inode where the file system has such a thing. Stateless and
 * thread-safe.
 */
public final class LocalStorage implements Storage {
  private static final String PRIVATE = "rwx------";

  @Override
  public StoragePath resolve(String text) {
    try {
      if (text.isEmpty()) {
        throw new InvalidPathException(text, "it is empty");
      }
      return storagePath(real(Path.of(withoutScheme(text)).toAbsolutePath()));
    } catch (InvalidPathException invalid) {
      throw new MergeException.InvalidRequest(
          "Not a path of this machine: '" + text + "': " + invalid.getReason(),
          "Check the path. If it has letters beyond ASCII, run in a locale that knows them,"
              + " for instance LC_ALL=C.UTF-8.");
    } catch (IOException failure) {
      throw new MergeException.InvalidRequest(
          "Cannot follow the path '" + text + "': " + failure.getMessage(),
          "Check the path, its links and its permissions.");
    }
  }

  private static String withoutScheme(String text) {
    if (text.startsWith("file:///")) {
      return text.substring("file://".length());
    }
    return text.startsWith("file:/") ? text.substring("file:".length()) : text;
  }

  /**
   * Follows links as far as the path exists; a part that does not exist is appended as it is
   * written.
   */
  private static Path real(Path path) throws IOException {
    Path existing = path;
    while (!Files.exists(existing, LinkOption.NOFOLLOW_LINKS)) {
      Path parent = existing.getParent();
      if (parent == null) {
        return path.normalize();
      }
      existing = parent;
    }
    try {
      return existing.toRealPath().resolve(existing.relativize(path)).normalize();
    } catch (IOException failure) {
      throw explained(existing, failure);
    }
  }

  @Override
  public Optional<FileStatus> status(StoragePath path) throws IOException {
    Path local = local(path);
    try {
      return Optional.of(read(local));
    } catch (NoSuchFileException missing) {
      if (Files.isSymbolicLink(local)) {
        throw danglingLink(local);
      }
      return Optional.empty();
    } catch (IOException failure) {
      throw explained(local, failure);
    }
  }

  @Override
  public List<FileStatus> listDataFiles(StoragePath directory) throws IOException {
    List<FileStatus> files = new ArrayList<>();
    visitDataFiles(directory, files::add);
    files.sort(Comparator.comparing(FileStatus::path));
    return files;
  }

  @Override
  public void visitDataFiles(StoragePath directory, Consumer<FileStatus> visitor)
      throws IOException {
    visit(local(directory), visitor);
  }

  private static void visit(Path directory, Consumer<FileStatus> visitor) throws IOException {
    try (DirectoryStream<Path> children = openDirectory(directory)) {
      for (Path child : children) {
        String name = Objects.requireNonNull(child.getFileName()).toString();
        if (!name.startsWith("_") && !name.startsWith(".")) {
          visitChild(directory, child, visitor);
        }
      }
    } catch (DirectoryIteratorException failure) {
      throw explained(directory, Objects.requireNonNull(failure.getCause()));
    }
  }

  private static void visitChild(Path directory, Path child, Consumer<FileStatus> visitor)
      throws IOException {
    FileStatus status;
    try {
      status = read(child);
    } catch (NoSuchFileException gone) {
      if (Files.isSymbolicLink(child)) {
        throw danglingLink(child);
      }
      // Removed since its directory was read: it is not there, and so not listed.
      return;
    } catch (IOException failure) {
      throw explained(child, failure);
    }
    if (!status.directory()) {
      visitor.accept(status);
    } else if (Files.isSymbolicLink(child)
        && directory.toRealPath().startsWith(child.toRealPath())) {
      throw new FileSystemLoopException(child + ": a link that leads back to where it stands");
    } else {
      visit(child, visitor);
    }
  }

  @Override
  public List<FileStatus> list(StoragePath directory) throws IOException {
    List<FileStatus> entries = new ArrayList<>();
    for (Path child : children(local(directory))) {
      try {
        entries.add(Files.exists(child) ? read(child) : read(child, LinkOption.NOFOLLOW_LINKS));
      } catch (NoSuchFileException gone) {
        // Removed since its directory was read.
        continue;
      } catch (IOException failure) {
        throw explained(child, failure);
      }
    }
    entries.sort(Comparator.comparing(FileStatus::path));
    return entries;
  }

  private static List<Path> children(Path directory) throws IOException {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> stream = openDirectory(directory)) {
      stream.forEach(children::add);
    } catch (DirectoryIteratorException failure) {
      throw explained(directory, Objects.requireNonNull(failure.getCause()));
    }
    return children;
  }

  // Both callers close it: what fails later, while children are looked at, is no failure to open.
  @SuppressWarnings("StreamResourceLeak")
  private static DirectoryStream<Path> openDirectory(Path directory) throws IOException {
    try {
      return Files.newDirectoryStream(directory);
    } catch (NotDirectoryException failure) {
      throw new FileSystemException(directory.toString(), null, "not a directory");
    } catch (IOException failure) {
      throw explained(directory, failure);
    }
  }

  @Override
  public StorageInput open(StoragePath path) throws IOException {
    Path local = local(path);
    FileChannel channel = openChannel(local, StandardOpenOption.READ);
    try {
      if (Files.isDirectory(local)) {
        throw new FileSystemException(local.toString(), null, "a directory, not a file");
      }
      return new LocalInput(path, channel, channel.size());
    } catch (IOException | RuntimeException failure) {
      closeAfter(failure, channel);
      throw failure;
    }
  }

  @Override
  public StorageOutput create(StoragePath path) throws IOException {
    return new LocalOutput(
        path, openChannel(local(path), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
  }

  private static FileChannel openChannel(Path path, StandardOpenOption... options)
      throws IOException {
    try {
      return FileChannel.open(path, options);
    } catch (IOException failure) {
      throw explained(path, failure);
    }
  }

  @Override
  public void createDirectories(StoragePath directory) throws IOException {
    Path local = local(directory);
    try {
      Files.createDirectories(local);
    } catch (IOException failure) {
      throw explained(local, failure);
    }
  }

  @Override
  public void createPrivateDirectory(StoragePath directory) throws IOException {
    Path local = local(directory);
    boolean posix = local.getFileSystem().supportedFileAttributeViews().contains("posix");
    try {
      if (posix) {
        Files.createDirectory(
            local, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(PRIVATE)));
      } else {
        Files.createDirectory(local);
      }
    } catch (FileAlreadyExistsException exists) {
      if (!Files.isDirectory(local)) {
        throw explained(local, exists);
      }
    } catch (IOException failure) {
      throw explained(local, failure);
    }
  }

  @Override
  public void copyAttributes(StoragePath model, StoragePath file) throws IOException {
    try {
      LocalAttributes.copy(local(model), local(file));
    } catch (IOException failure) {
      throw explained(local(file), failure);
    }
  }

  @Override
  public void duplicate(StoragePath file, StoragePath copy) throws IOException {
    Path from = local(file);
    Path to = local(copy);
    try {
      Files.createLink(to, from);
    } catch (NoSuchFileException | FileAlreadyExistsException failure) {
      throw explained(to, failure);
    } catch (IOException | UnsupportedOperationException noLinks) {
      try {
        Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
        // A second name is safe as soon as its directory is; a copy shall be so too.
        try (FileChannel copied = FileChannel.open(to, StandardOpenOption.READ)) {
          copied.force(true);
        }
      } catch (IOException failure) {
        failure.addSuppressed(noLinks);
        throw explained(to, failure);
      }
    }
  }

  @Override
  public void replace(StoragePath from, StoragePath to) throws IOException {
    try {
      Files.move(local(from), local(to), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failure) {
      throw explained(local(to), failure);
    }
  }

  @Override
  public void delete(StoragePath path) throws IOException {
    try {
      Files.deleteIfExists(local(path));
    } catch (IOException failure) {
      throw explained(local(path), failure);
    }
  }

  @Override
  public void deleteTree(StoragePath directory) throws IOException {
    Path local = local(directory);
    if (!Files.exists(local, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(local, new TreeDeletion());
  }

  @Override
  public void syncDirectory(StoragePath directory) throws IOException {
    Path local = local(directory);
    if (!local.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      // Other systems cannot open a directory, and write names through by themselves.
      return;
    }
    boolean interrupted = false;
    try {
      while (true) {
        try (FileChannel channel = FileChannel.open(local, StandardOpenOption.READ)) {
          channel.force(true);
          return;
        } catch (ClosedByInterruptException interrupt) {
          interrupted = true;
          Thread.interrupted();
        } catch (IOException failure) {
          throw explained(local, failure);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void restoreTime(FileStatus status) throws IOException {
    Path local = local(status.path());
    try {
      Files.setLastModifiedTime(local, FileTime.from(status.modifiedNanos(), TimeUnit.NANOSECONDS));
    } catch (IOException failure) {
      throw explained(local, failure);
    }
  }

  @Override
  public Optional<StorageLock> tryLock(StoragePath file) throws IOException {
    try {
      return LocalLock.tryLock(file, local(file));
    } catch (IOException failure) {
      throw explained(local(file), failure);
    }
  }

  @Override
  public String lockText(StoragePath file) throws IOException {
    try {
      return LocalLock.text(local(file));
    } catch (IOException failure) {
      throw explained(local(file), failure);
    }
  }

  @Override
  public long usableBytes(StoragePath path) throws IOException {
    Path existing = local(path);
    while (!Files.exists(existing)) {
      Path parent = existing.getParent();
      if (parent == null) {
        break;
      }
      existing = parent;
    }
    try {
      return Files.getFileStore(existing).getUsableSpace();
    } catch (IOException failure) {
      throw explained(existing, failure);
    }
  }

  private static FileStatus read(Path path, LinkOption... options) throws IOException {
    boolean inodes = path.getFileSystem().supportedFileAttributeViews().contains("unix");
    String names = "isDirectory,isRegularFile,size,lastModifiedTime";
    Map<String, Object> attributes =
        Files.readAttributes(path, inodes ? "unix:ino,ctime," + names : names, options);
    boolean directory = (Boolean) required(attributes, "isDirectory");
    FileTime modified = (FileTime) required(attributes, "lastModifiedTime");
    return new FileStatus(
        storagePath(path),
        directory,
        directory ? 0 : (Long) required(attributes, "size"),
        modified.to(TimeUnit.NANOSECONDS),
        inodes ? String.valueOf(attributes.get("ino")) : "",
        attributes.get("ctime") instanceof FileTime changed ? changed.to(TimeUnit.NANOSECONDS) : 0);
  }

  private static Object required(Map<String, Object> attributes, String name) {
    return Objects.requireNonNull(attributes.get(name), name);
  }

  private static Path local(StoragePath path) {
    return Path.of(path.text());
  }

  /**
   * Converts a path that the file system gave; one whose name the locale cannot spell would point
   * elsewhere.
   */
  private static StoragePath storagePath(Path path) throws IOException {
    String text = path.toString();
    if (!Path.of(text).equals(path)) {
      throw new FileSystemException(
          text, null, "this locale cannot spell the name; use one like LC_ALL=C.UTF-8");
    }
    return new StoragePath(
        File.separatorChar == '/' ? text : text.replace(File.separatorChar, '/'));
  }

  private static FileSystemException danglingLink(Path link) {
    return new FileSystemException(link.toString(), null, "a link that leads nowhere");
  }

  /**
   * Returns a failure of the same kind that says what failed and where: those of the platform often
   * say only one of them.
   */
  static IOException explained(Path path, IOException failure) {
    return LocalFailures.explained(path.toString(), failure);
  }

  private static void closeAfter(Throwable failure, FileChannel channel) {
    try {
      channel.close();
    } catch (IOException suppressed) {
      failure.addSuppressed(suppressed);
    }
  }
}
