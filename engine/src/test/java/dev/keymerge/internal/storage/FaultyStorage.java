package dev.keymerge.internal.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Passes operations on to another storage, and fails the one that it is told to.
 *
 * <p>Counts operations from the moment when it is armed; closing a file never fails. Not
 * thread-safe.
 */
public final class FaultyStorage implements Storage {
  /** Says whether an operation that fails has had its effect. */
  public enum Effect {
    /** Nothing was done. */
    NOT_DONE,
    /** It was done, but reported as a failure. */
    DONE
  }

  /** Says how many operations fail. */
  public enum Extent {
    /** Only the one that is named. */
    ONE,
    /** That one and all after it. */
    ALL_FROM_THERE
  }

  private final Storage storage;
  private final List<String> operations = new ArrayList<>();
  private int failing = Integer.MAX_VALUE;
  private Effect effect = Effect.NOT_DONE;
  private Extent extent = Extent.ONE;
  private int fired;

  /** Creates a storage that works until it is armed. */
  public FaultyStorage(Storage storage) {
    this.storage = storage;
  }

  /** Lets the operation fail that comes after {@code operation} others. */
  public void arm(int operation, Effect withEffect, Extent howMany) {
    operations.clear();
    failing = operation;
    effect = withEffect;
    extent = howMany;
    fired = 0;
  }

  /** Works again from now on. */
  public void disarm() {
    failing = Integer.MAX_VALUE;
  }

  /** Returns how many operations have failed since it was armed. */
  public int fired() {
    return fired;
  }

  /** Returns what was asked for since it was armed, in order. */
  public List<String> operations() {
    return List.copyOf(operations);
  }

  @FunctionalInterface
  private interface Operation<T> {
    T run() throws IOException;
  }

  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  private <T> T guarded(String name, Operation<T> operation) throws IOException {
    int index = operations.size();
    operations.add(name);
    boolean fails = extent == Extent.ONE ? index == failing : index >= failing;
    if (fails && effect == Effect.NOT_DONE) {
      throw injected(name);
    }
    T result = operation.run();
    if (fails) {
      throw injected(name);
    }
    return result;
  }

  private void guardedAction(String name, Action action) throws IOException {
    guarded(
        name,
        () -> {
          action.run();
          return Boolean.TRUE;
        });
  }

  private IOException injected(String name) {
    fired++;
    return new IOException("injected failure: " + name);
  }

  @Override
  public StoragePath resolve(String text) {
    return storage.resolve(text);
  }

  @Override
  public Optional<FileStatus> status(StoragePath path) throws IOException {
    return guarded("status " + path, () -> storage.status(path));
  }

  @Override
  public List<FileStatus> listDataFiles(StoragePath directory) throws IOException {
    return guarded("listDataFiles " + directory, () -> storage.listDataFiles(directory));
  }

  @Override
  public List<FileStatus> list(StoragePath directory) throws IOException {
    return guarded("list " + directory, () -> storage.list(directory));
  }

  @Override
  public StorageInput open(StoragePath path) throws IOException {
    // A file that was opened but reported as not would stay open for ever.
    operations.add("open " + path);
    int index = operations.size() - 1;
    if (extent == Extent.ONE ? index == failing : index >= failing) {
      throw injected("open " + path);
    }
    return new FaultyInput(storage.open(path));
  }

  @Override
  public StorageOutput create(StoragePath path) throws IOException {
    return storage.create(path);
  }

  @Override
  public void createDirectories(StoragePath directory) throws IOException {
    guardedAction("createDirectories " + directory, () -> storage.createDirectories(directory));
  }

  @Override
  public void createPrivateDirectory(StoragePath directory) throws IOException {
    guardedAction(
        "createPrivateDirectory " + directory, () -> storage.createPrivateDirectory(directory));
  }

  @Override
  public void copyAttributes(StoragePath model, StoragePath file) throws IOException {
    guardedAction("copyAttributes " + file, () -> storage.copyAttributes(model, file));
  }

  @Override
  public void duplicate(StoragePath file, StoragePath copy) throws IOException {
    guardedAction("duplicate " + file, () -> storage.duplicate(file, copy));
  }

  @Override
  public void replace(StoragePath from, StoragePath to) throws IOException {
    guardedAction("replace " + from + " " + to, () -> storage.replace(from, to));
  }

  @Override
  public void delete(StoragePath path) throws IOException {
    guardedAction("delete " + path, () -> storage.delete(path));
  }

  @Override
  public void deleteTree(StoragePath directory) throws IOException {
    guardedAction("deleteTree " + directory, () -> storage.deleteTree(directory));
  }

  @Override
  public void syncDirectory(StoragePath directory) throws IOException {
    guardedAction("syncDirectory " + directory, () -> storage.syncDirectory(directory));
  }

  @Override
  public void restoreTime(FileStatus status) throws IOException {
    guardedAction("restoreTime " + status.path(), () -> storage.restoreTime(status));
  }

  @Override
  public Optional<StorageLock> tryLock(StoragePath file) throws IOException {
    // A lock that was taken but reported as not would be held for ever.
    guardedAction("tryLock " + file, () -> {});
    return storage.tryLock(file);
  }

  @Override
  public String lockText(StoragePath file) throws IOException {
    return guarded("lockText " + file, () -> storage.lockText(file));
  }

  @Override
  public long usableBytes(StoragePath path) throws IOException {
    return guarded("usableBytes " + path, () -> storage.usableBytes(path));
  }

  /** Fails reads as the storage is told to. */
  private final class FaultyInput implements StorageInput {
    private final StorageInput input;

    FaultyInput(StorageInput input) {
      this.input = input;
    }

    @Override
    public StoragePath path() {
      return input.path();
    }

    @Override
    public long size() {
      return input.size();
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      guardedAction("read " + input.path(), () -> input.readFully(position, target));
    }

    @Override
    public void close() throws IOException {
      input.close();
    }
  }
}
