package dev.keymerge.internal.storage;

import dev.keymerge.MergeException;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps files in memory, far faster than a disk, and refuses to be worked without end.
 *
 * <p>Thread-safe.
 */
public final class MemoryStorage implements Storage {
  private static final int CHUNK = 64 << 10;

  private final NavigableMap<String, Entry> entries = new TreeMap<>();
  private final Map<String, String> locks = new HashMap<>();
  private final AtomicLong operations = new AtomicLong();
  private final long mostOperations;
  private final long mostBytes;
  private long writtenBytes;
  private String lastName = "";
  private boolean dead;
  private long clock;

  /** A file with its bytes, or a directory without any. */
  private record Entry(byte[] bytes, boolean directory, long time) {}

  /**
   * Creates an empty storage.
   *
   * @param mostOperations after so many it fails with an error, since nobody needs so many
   * @param mostBytes how much may be written before the storage counts as full
   */
  public MemoryStorage(long mostOperations, long mostBytes) {
    this.mostOperations = mostOperations;
    this.mostBytes = mostBytes;
    entries.put("/", new Entry(new byte[0], true, 0));
  }

  /**
   * Lets every operation fail from the moment on when something called {@code name} has been made
   * or put in its place, as if the machine had stopped there.
   */
  public synchronized void stopAfter(String name) {
    lastName = name;
  }

  /** Puts a file where it shall stand, with the directories above it. */
  public synchronized void put(String path, byte[] content) {
    directories(new StoragePath(path).parent());
    entries.put(path, new Entry(content, false, ++clock));
  }

  /** Returns every file with its bytes, by path; arrays are never changed. */
  public synchronized Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    entries.forEach(
        (path, entry) -> {
          if (!entry.directory()) {
            files.put(path, entry.bytes());
          }
        });
    return files;
  }

  /** Returns every path below the root. */
  public synchronized List<String> paths() {
    return List.copyOf(entries.keySet());
  }

  private void count() {
    if (dead) {
      throw new AssertionError("the storage has stopped");
    }
    if (operations.incrementAndGet() > mostOperations) {
      throw new AssertionError("more than " + mostOperations + " operations on the storage");
    }
  }

  private Entry require(StoragePath path) throws IOException {
    Entry entry = entries.get(path.text());
    if (entry == null) {
      throw new NoSuchFileException(path.text());
    }
    return entry;
  }

  private FileStatus status(String path, Entry entry) {
    return new FileStatus(
        new StoragePath(path),
        entry.directory(),
        entry.bytes().length,
        entry.time(),
        "memory-" + entry.time(),
        entry.time());
  }

  @Override
  public StoragePath resolve(String text) {
    if (text.isEmpty()) {
      throw new MergeException.InvalidRequest("The path is empty.", "Name a path.");
    }
    String absolute = text.startsWith("/") ? text : "/" + text;
    return new StoragePath(
        absolute.length() > 1 && absolute.endsWith("/")
            ? absolute.substring(0, absolute.length() - 1)
            : absolute);
  }

  @Override
  public synchronized Optional<FileStatus> status(StoragePath path) {
    count();
    Entry entry = entries.get(path.text());
    return entry == null ? Optional.empty() : Optional.of(status(path.text(), entry));
  }

  @Override
  public synchronized List<FileStatus> listDataFiles(StoragePath directory) throws IOException {
    count();
    require(directory);
    List<FileStatus> found = new ArrayList<>();
    String prefix = prefix(directory);
    entries.forEach(
        (path, entry) -> {
          if (path.startsWith(prefix) && !entry.directory()) {
            String below = "/" + path.substring(prefix.length());
            if (!below.contains("/_") && !below.contains("/.")) {
              found.add(status(path, entry));
            }
          }
        });
    return found;
  }

  @Override
  public synchronized List<FileStatus> list(StoragePath directory) throws IOException {
    count();
    require(directory);
    List<FileStatus> found = new ArrayList<>();
    String prefix = prefix(directory);
    entries.forEach(
        (path, entry) -> {
          if (path.length() > prefix.length()
              && path.startsWith(prefix)
              && path.indexOf('/', prefix.length()) < 0) {
            found.add(status(path, entry));
          }
        });
    return found;
  }

  private static String prefix(StoragePath directory) {
    return directory.text().equals("/") ? "/" : directory.text() + "/";
  }

  @Override
  public synchronized StorageInput open(StoragePath path) throws IOException {
    count();
    return new Input(path, require(path).bytes());
  }

  @Override
  public synchronized StorageOutput create(StoragePath path) throws IOException {
    count();
    if (entries.containsKey(path.text())) {
      throw new FileAlreadyExistsException(path.text());
    }
    require(path.parent());
    entries.put(path.text(), new Entry(new byte[0], false, ++clock));
    dead = path.name().equals(lastName);
    return new Output(path);
  }

  @Override
  public synchronized void createDirectories(StoragePath directory) {
    count();
    directories(directory);
  }

  @Override
  public synchronized void createPrivateDirectory(StoragePath directory) throws IOException {
    count();
    require(directory.parent());
    directories(directory);
  }

  private void directories(StoragePath directory) {
    for (StoragePath at = directory; !entries.containsKey(at.text()); at = at.parent()) {
      entries.put(at.text(), new Entry(new byte[0], true, ++clock));
    }
  }

  @Override
  public synchronized void copyAttributes(StoragePath model, StoragePath file) throws IOException {
    count();
    require(model);
    require(file);
  }

  @Override
  public synchronized void duplicate(StoragePath file, StoragePath copy) throws IOException {
    count();
    if (entries.containsKey(copy.text())) {
      throw new FileAlreadyExistsException(copy.text());
    }
    entries.put(copy.text(), require(file));
  }

  @Override
  public synchronized void replace(StoragePath from, StoragePath to) throws IOException {
    count();
    Entry moved = require(from);
    require(to.parent());
    if (moved.directory()) {
      Map<String, Entry> below = new TreeMap<>();
      entries.forEach(
          (path, entry) -> {
            if (path.startsWith(prefix(from))) {
              below.put(path, entry);
            }
          });
      below.forEach(
          (path, entry) -> {
            entries.remove(path);
            entries.put(to.text() + path.substring(from.text().length()), entry);
          });
    }
    entries.remove(from.text());
    entries.put(to.text(), moved);
    dead = to.name().equals(lastName);
  }

  @Override
  public synchronized void delete(StoragePath path) throws IOException {
    count();
    if (entries.keySet().stream().anyMatch(other -> other.startsWith(prefix(path)))) {
      throw new DirectoryNotEmptyException(path.text());
    }
    entries.remove(path.text());
  }

  @Override
  public synchronized void deleteTree(StoragePath directory) {
    count();
    entries.keySet().removeIf(path -> path.startsWith(prefix(directory)));
    entries.remove(directory.text());
  }

  @Override
  public void syncDirectory(StoragePath directory) {
    count();
  }

  @Override
  public synchronized void restoreTime(FileStatus status) throws IOException {
    count();
    require(status.path());
  }

  @Override
  public synchronized Optional<StorageLock> tryLock(StoragePath file) throws IOException {
    count();
    if (locks.containsKey(file.text())) {
      return Optional.empty();
    }
    require(file.parent());
    entries.putIfAbsent(file.text(), new Entry(new byte[0], false, ++clock));
    locks.put(file.text(), "");
    return Optional.of(new Lock(file));
  }

  @Override
  public synchronized String lockText(StoragePath file) {
    count();
    return locks.getOrDefault(file.text(), "");
  }

  @Override
  public long usableBytes(StoragePath path) {
    count();
    return 1L << 40;
  }

  private synchronized void write(StoragePath path, byte[] content, int more) throws IOException {
    count();
    writtenBytes += more;
    if (writtenBytes > mostBytes) {
      throw new IOException("No space left on device: " + path);
    }
    entries.put(path.text(), new Entry(content, false, ++clock));
  }

  /** Holds a lock, whose text is not in its file. */
  private final class Lock implements StorageLock {
    private final StoragePath path;
    private boolean held = true;

    Lock(StoragePath path) {
      this.path = path;
    }

    @Override
    public StoragePath path() {
      return path;
    }

    @Override
    public void write(String text) {
      synchronized (MemoryStorage.this) {
        count();
        locks.put(path.text(), text);
      }
    }

    @Override
    public void close() {
      synchronized (MemoryStorage.this) {
        if (held) {
          held = false;
          locks.remove(path.text());
        }
      }
    }
  }

  /** Reads the bytes that a file had when it was opened. */
  private final class Input implements StorageInput {
    private final StoragePath path;
    private final byte[] content;

    Input(StoragePath path, byte[] content) {
      this.path = path;
      this.content = content;
    }

    @Override
    public StoragePath path() {
      return path;
    }

    @Override
    public long size() {
      return content.length;
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      count();
      if (position < 0 || target.remaining() > content.length - position) {
        throw new EOFException(path + " ends at " + content.length);
      }
      target.put(content, (int) position, target.remaining());
    }

    @Override
    public void close() {}
  }

  /** Shows what was written when it is synced or closed. */
  private final class Output implements StorageOutput {
    private final StoragePath path;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private int shown;

    Output(StoragePath path) {
      this.path = path;
    }

    @Override
    public StoragePath path() {
      return path;
    }

    @Override
    public long position() {
      return content.size();
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
      count();
      byte[] bytes = new byte[source.remaining()];
      source.get(bytes);
      content.writeBytes(bytes);
      if (content.size() - shown > mostBytes) {
        throw new IOException("No space left on device: " + path);
      }
    }

    @Override
    public void copyFrom(StorageInput input, long position, long length) throws IOException {
      long done = 0;
      while (done < length) {
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, length - done));
        input.readFully(position + done, chunk);
        write(chunk.flip());
        done += chunk.capacity();
      }
    }

    @Override
    public void sync() throws IOException {
      show();
    }

    private void show() throws IOException {
      if (content.size() > shown || shown == 0) {
        MemoryStorage.this.write(path, content.toByteArray(), content.size() - shown);
        shown = content.size();
      }
    }

    @Override
    public void close() throws IOException {
      // A file that was moved or removed while it was open must not come back.
      synchronized (MemoryStorage.this) {
        if (entries.containsKey(path.text())) {
          show();
        }
      }
    }
  }
}
