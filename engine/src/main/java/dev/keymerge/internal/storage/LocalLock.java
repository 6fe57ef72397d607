package dev.keymerge.internal.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Locks a local file by the means of the operating system, which lets go of it when the process
 * ends, however it ends.
 *
 * <p>Such a lock belongs to the process, not to who took it: within the process nobody would be
 * kept out, and closing any other handle of the file would release it. So a table of this process
 * stands in front of it, and nobody here opens a file that is locked here. Another class loader has
 * a table of its own; what it has locked is found held all the same.
 */
final class LocalLock implements StorageLock {
  /** A locked byte that nobody reads, where reading what is locked is refused. */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  private static final int LONGEST_TEXT = 4096;
  private static final int LONGEST_MARK = 1 << 20;

  /** What this process holds; static because the locks of an operating system are. */
  private static final Map<Path, LocalLock> HELD = new ConcurrentHashMap<>();

  /**
   * Handles of files that another copy of this class, of another class loader, has locked in this
   * process: closing one would release that lock, so it is kept, and tried again the next time.
   */
  private static final Map<Path, FileChannel> KEPT_OPEN = new ConcurrentHashMap<>();

  private final StoragePath path;
  private final Path file;
  private volatile String text = "";
  private @Nullable FileChannel channel;

  private LocalLock(StoragePath path, Path file) {
    this.path = path;
    this.file = file;
  }

  /** Locks {@code file}, which is made if it is missing, unless someone holds it. */
  static Optional<StorageLock> tryLock(StoragePath path, Path file) throws IOException {
    Path real = real(file);
    LocalLock lock = new LocalLock(path, real);
    synchronized (HELD) {
      if (HELD.putIfAbsent(real, lock) != null) {
        return Optional.empty();
      }
    }
    boolean locked = false;
    try {
      locked = lock.lock();
      return locked ? Optional.of(lock) : Optional.empty();
    } finally {
      if (!locked) {
        HELD.remove(real, lock);
      }
    }
  }

  /** Returns what the holder of {@code file} wrote, or an empty text if that is not known. */
  static String text(Path file) throws IOException {
    try {
      Path real = real(file);
      // Nobody here may lock the file before it is closed again: closing it would release that.
      synchronized (HELD) {
        LocalLock held = HELD.get(real);
        if (held != null) {
          return held.text;
        }
        FileChannel keptOpen = KEPT_OPEN.get(real);
        if (keptOpen != null) {
          return text(keptOpen);
        }
        try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
          return text(channel);
        } catch (IOException failure) {
          throw withoutLink(file, failure);
        }
      }
    } catch (NoSuchFileException released) {
      return "";
    }
  }

  private static String text(FileChannel channel) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(LONGEST_TEXT);
    int read = 0;
    while (read >= 0 && bytes.hasRemaining()) {
      read = channel.read(bytes, bytes.position());
    }
    return StandardCharsets.UTF_8.decode(bytes.flip()).toString();
  }

  private static Path real(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Path name = file.getFileName();
    return parent == null || name == null ? file : parent.toRealPath().resolve(name);
  }

  /** Opens {@code file} itself, since what a link leads to would be emptied. */
  private static FileChannel open(Path file) throws IOException {
    try {
      return FileChannel.open(
          file,
          StandardOpenOption.CREATE,
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          LinkOption.NOFOLLOW_LINKS);
    } catch (IOException failure) {
      throw withoutLink(file, failure);
    }
  }

  /** Returns {@code failure}, or what says more if a link stands where the file should. */
  private static IOException withoutLink(Path file, IOException failure) {
    if (!Files.isSymbolicLink(file)) {
      return failure;
    }
    IOException link =
        new FileSystemException(
            file.toString(),
            null,
            "a link stands where Keymerge keeps a lock file, and is not followed; remove the link");
    link.initCause(failure);
    return link;
  }

  private boolean lock() throws IOException {
    while (true) {
      Object before = Files.exists(file) ? key() : null;
      FileChannel keptOpen = KEPT_OPEN.remove(file);
      FileChannel opened = keptOpen == null ? open(file) : keptOpen;
      boolean kept = false;
      try {
        if (opened.tryLock(LOCKED_BYTE, 1, false) == null) {
          return false;
        }
        // The holder before may have removed the file while it was waited for; the lock of a file
        // that has no name keeps nobody out.
        if (stands(opened, keptOpen == null ? before : null)) {
          channel = opened;
          kept = true;
          return true;
        }
      } catch (OverlappingFileLockException heldInThisProcess) {
        KEPT_OPEN.put(file, opened);
        kept = true;
        return false;
      } finally {
        if (!kept) {
          opened.close();
        }
      }
    }
  }

  /** Returns whether what {@code opened} writes to is what the name leads to. */
  private boolean stands(FileChannel opened, @Nullable Object before) throws IOException {
    int mark = ThreadLocalRandom.current().nextInt(LONGEST_TEXT, LONGEST_MARK);
    try {
      // A length that no other file of that name has.
      opened.truncate(0);
      opened.write(ByteBuffer.allocate(1), mark);
      boolean stands = Files.size(file) == mark + 1L;
      opened.truncate(0);
      return stands;
    } catch (NoSuchFileException gone) {
      return false;
    } catch (ClosedChannelException lost) {
      // By an interrupt, say; the lock went with the channel.
      throw lost;
    } catch (IOException full) {
      // On a full disk nothing can be written, but what a dead merge left there can be removed.
      return before != null && Files.exists(file) && before.equals(key());
    }
  }

  private @Nullable Object key() throws IOException {
    try {
      return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException gone) {
      return null;
    }
  }

  @Override
  public StoragePath path() {
    return path;
  }

  @Override
  public void write(String newText) throws IOException {
    FileChannel held = channel;
    if (held == null) {
      throw new IllegalStateException("The lock is released: " + path);
    }
    text = newText;
    ByteBuffer bytes = ByteBuffer.wrap(newText.getBytes(StandardCharsets.UTF_8));
    held.truncate(0);
    held.position(0);
    while (bytes.hasRemaining()) {
      held.write(bytes);
    }
  }

  @Override
  public void close() throws IOException {
    FileChannel held = channel;
    if (held == null) {
      return;
    }
    channel = null;
    try {
      held.close();
    } finally {
      HELD.remove(file, this);
    }
  }
}
