package dev.keymerge.internal.storage;

import dev.keymerge.internal.storage.CrashDisk.Slot;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps files in memory, on a {@link CrashDisk}, and remembers the disk at every moment at which
 * the power might fail.
 *
 * <p>A moment lies before every operation that changes something, and one after the last; crashes
 * between them leave nothing that is not found at one of them. Paths are absolute and have no
 * links. Thread-safe.
 */
public final class CrashStorage implements Storage {
  private final CrashDisk disk;
  private final List<CrashMoment> moments = new ArrayList<>();
  private final Map<StoragePath, String> locks = new TreeMap<>();
  private boolean recording;

  /** Creates an empty storage. */
  public CrashStorage() {
    this(new CrashDisk());
  }

  CrashStorage(CrashDisk disk) {
    this.disk = disk;
  }

  /** Returns a storage that holds the same, of which nothing can be lost. */
  public synchronized CrashStorage rebooted() {
    return new CrashStorage(
        disk.afterLoss(
            new CrashDisk.Fate() {
              @Override
              public int ofName(Slot slot, int meanings) {
                return meanings - 1;
              }

              @Override
              public byte[] ofBytes(int node, CrashDisk.Content content) {
                return content.content();
              }
            }));
  }

  /** Remembers every moment from now on. */
  public synchronized void record() {
    recording = true;
    moments.clear();
  }

  /** Returns the moments since recording began, and the present one. */
  public synchronized List<CrashMoment> moments() {
    List<CrashMoment> all = new ArrayList<>(moments);
    all.add(new CrashMoment("(the end)", disk.copy()));
    return all;
  }

  /** Returns the bytes of every file by its path. */
  public synchronized Map<String, byte[]> files() {
    Map<String, byte[]> files = new TreeMap<>();
    disk.tree().forEach((path, bytes) -> bytes.ifPresent(found -> files.put(path, found)));
    return files;
  }

  /** Returns a text that is the same for storages that hold the same. */
  public synchronized String signature() {
    return disk.signature();
  }

  /** Returns every path, those of directories too. */
  public synchronized List<String> paths() {
    return List.copyOf(disk.tree().keySet());
  }

  /** Puts a file there, with the directories above it; nothing of it can be lost any more. */
  public void put(String path, byte[] bytes) throws IOException {
    StoragePath file = new StoragePath(path);
    createDirectories(file.parent());
    try (StorageOutput output = create(file)) {
      output.write(ByteBuffer.wrap(bytes));
      output.sync();
    }
    for (StoragePath directory = file.parent(); ; directory = directory.parent()) {
      syncDirectory(directory);
      if (directory.parent().equals(directory)) {
        return;
      }
    }
  }

  /** Notes the moment before an operation. */
  private void moment(String next) {
    if (recording) {
      moments.add(new CrashMoment(next, disk.copy()));
    }
  }

  // ---- paths ----------------------------------------------------------------------------------

  @Override
  public StoragePath resolve(String text) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : text.split("/")) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return new StoragePath("/" + String.join("/", parts));
  }

  private static boolean isRoot(StoragePath path) {
    return path.text().equals("/");
  }

  private @Nullable Integer find(StoragePath path) {
    if (isRoot(path)) {
      return CrashDisk.ROOT;
    }
    Integer parent = find(path.parent());
    return parent == null || !disk.isDirectory(parent)
        ? null
        : disk.node(new Slot(parent, path.name()));
  }

  private int existing(StoragePath path) throws NoSuchFileException {
    Integer node = find(path);
    if (node == null) {
      throw new NoSuchFileException(path.text(), null, "no such file or directory");
    }
    return node;
  }

  private int directory(StoragePath path) throws IOException {
    int node = existing(path);
    if (!disk.isDirectory(node)) {
      throw new FileSystemException(path.text(), null, "not a directory");
    }
    return node;
  }

  private int file(StoragePath path) throws IOException {
    int node = existing(path);
    if (disk.isDirectory(node)) {
      throw new FileSystemException(path.text(), null, "a directory, not a file");
    }
    return node;
  }

  private Slot slot(StoragePath path) throws IOException {
    return new Slot(directory(path.parent()), path.name());
  }

  private Slot freeSlot(StoragePath path) throws IOException {
    Slot slot = slot(path);
    if (disk.node(slot) != null) {
      throw new FileAlreadyExistsException(path.text(), null, "already exists");
    }
    return slot;
  }

  // ---- looking --------------------------------------------------------------------------------

  @Override
  public synchronized Optional<FileStatus> status(StoragePath path) {
    return Optional.ofNullable(find(path)).map(node -> status(path, node));
  }

  private FileStatus status(StoragePath path, int node) {
    if (disk.isDirectory(node)) {
      return new FileStatus(path, true, 0, 0, String.valueOf(node), 0);
    }
    CrashDisk.Content content = disk.file(node);
    return new FileStatus(
        path, false, content.content().length, content.modified(), String.valueOf(node), 0);
  }

  @Override
  public synchronized List<FileStatus> listDataFiles(StoragePath directory) throws IOException {
    List<FileStatus> files = new ArrayList<>();
    for (FileStatus status : list(directory)) {
      String name = status.path().name();
      if (name.startsWith("_") || name.startsWith(".")) {
        continue;
      }
      if (status.directory()) {
        files.addAll(listDataFiles(status.path()));
      } else {
        files.add(status);
      }
    }
    files.sort((left, right) -> left.path().compareTo(right.path()));
    return files;
  }

  @Override
  public synchronized List<FileStatus> list(StoragePath directory) throws IOException {
    List<FileStatus> entries = new ArrayList<>();
    disk.children(directory(directory))
        .forEach((name, node) -> entries.add(status(directory.resolve(name), node)));
    return entries;
  }

  @Override
  public synchronized StorageInput open(StoragePath path) throws IOException {
    return new Input(path, disk.file(file(path)).content());
  }

  @Override
  public synchronized long usableBytes(StoragePath path) {
    return 1L << 40;
  }

  // ---- changing -------------------------------------------------------------------------------

  @Override
  public synchronized StorageOutput create(StoragePath path) throws IOException {
    Slot slot = freeSlot(path);
    moment("create " + path);
    return new Output(path, disk.createFile(slot));
  }

  @Override
  public synchronized void createDirectories(StoragePath directory) throws IOException {
    Integer node = find(directory);
    if (node != null) {
      directory(directory);
      return;
    }
    createDirectories(directory.parent());
    moment("create directory " + directory);
    disk.createDirectory(slot(directory));
  }

  @Override
  public synchronized void createPrivateDirectory(StoragePath directory) throws IOException {
    directory(directory.parent());
    createDirectories(directory);
  }

  @Override
  public synchronized void copyAttributes(StoragePath model, StoragePath file) throws IOException {
    int from = existing(model);
    int to = existing(file);
    // Those of directories are not modelled.
    if (!disk.isDirectory(from) && !disk.isDirectory(to)) {
      disk.attributes(to, disk.file(from).attributes());
    }
  }

  @Override
  public synchronized void duplicate(StoragePath file, StoragePath copy) throws IOException {
    int node = file(file);
    Slot slot = freeSlot(copy);
    moment("link " + file + " to " + copy);
    disk.link(node, slot);
  }

  @Override
  public synchronized void replace(StoragePath from, StoragePath to) throws IOException {
    int node = existing(from);
    Slot source = slot(from);
    Slot destination = slot(to);
    Integer there = disk.node(destination);
    if (there != null && disk.isDirectory(there)) {
      boolean fits = disk.isDirectory(node) && disk.children(there).isEmpty();
      if (!fits) {
        throw new FileSystemException(to.text(), null, "a directory stands there");
      }
    } else if (there != null && disk.isDirectory(node)) {
      throw new FileSystemException(to.text(), null, "not a directory");
    }
    moment("rename " + from + " to " + to);
    disk.rename(source, destination);
  }

  @Override
  public synchronized void delete(StoragePath path) throws IOException {
    Integer node = find(path);
    if (node == null) {
      return;
    }
    if (disk.isDirectory(node) && !disk.children(node).isEmpty()) {
      throw new FileSystemException(path.text(), null, "the directory is not empty");
    }
    moment("delete " + path);
    disk.remove(slot(path));
  }

  @Override
  public synchronized void deleteTree(StoragePath directory) throws IOException {
    Integer node = find(directory);
    if (node == null) {
      return;
    }
    if (disk.isDirectory(node)) {
      for (FileStatus child : list(directory)) {
        deleteTree(child.path());
      }
    }
    moment("delete " + directory);
    disk.remove(slot(directory));
  }

  @Override
  public synchronized void syncDirectory(StoragePath directory) throws IOException {
    int node = directory(directory);
    moment("sync directory " + directory);
    disk.syncDirectory(node);
  }

  @Override
  public synchronized void restoreTime(FileStatus status) throws IOException {
    directory(status.path());
  }

  // ---- locks: nothing of them outlives the process -------------------------------------------

  @Override
  public synchronized Optional<StorageLock> tryLock(StoragePath file) throws IOException {
    if (locks.containsKey(file)) {
      return Optional.empty();
    }
    if (find(file) == null) {
      create(file).close();
    }
    locks.put(file, "");
    return Optional.of(new Lock(file));
  }

  @Override
  public synchronized String lockText(StoragePath file) {
    return locks.getOrDefault(file, "");
  }

  private synchronized void lockText(StoragePath file, String text) {
    locks.put(file, text);
  }

  private synchronized void unlock(StoragePath file) {
    locks.remove(file);
  }

  /** Holds a lock; what is written to it stays in memory, since nobody trusts it after a crash. */
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
      lockText(path, text);
    }

    @Override
    public void close() {
      if (held) {
        held = false;
        unlock(path);
      }
    }
  }

  private synchronized void append(StoragePath path, int node, byte[] bytes) {
    moment("write to " + path);
    disk.append(node, bytes);
  }

  private synchronized void sync(StoragePath path, int node) {
    moment("sync " + path);
    disk.syncFile(node);
  }

  /** Reads the bytes that a file had when it was opened, whatever becomes of its name. */
  private record Input(StoragePath path, byte[] bytes) implements StorageInput {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      if (position + target.remaining() > bytes.length) {
        throw new EOFException(path + ": the file ends at byte " + bytes.length);
      }
      target.put(bytes, (int) position, target.remaining());
    }

    @Override
    public void close() {}
  }

  /** Appends to a file, each write a moment of its own. */
  private final class Output implements StorageOutput {
    private final StoragePath path;
    private final int node;
    private long position;

    Output(StoragePath path, int node) {
      this.path = path;
      this.node = node;
    }

    @Override
    public StoragePath path() {
      return path;
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public void write(ByteBuffer source) {
      byte[] bytes = new byte[source.remaining()];
      source.get(bytes);
      position += bytes.length;
      append(path, node, bytes);
    }

    @Override
    public void copyFrom(StorageInput input, long from, long length) throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(Math.toIntExact(length));
      input.readFully(from, buffer);
      write(buffer.flip());
    }

    @Override
    public void sync() {
      CrashStorage.this.sync(path, node);
    }

    @Override
    public void close() {}
  }
}
