package dev.keymerge.internal.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Passes operations on to another storage, and fails the one that it is told to.
 *
 * <p>Counts operations from the moment when it is armed; closing a file that is read never fails.
 * Thread-safe, but which operation comes when is certain only with one thread.
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
  private final List<StorageAct> acts = new ArrayList<>();
  private @Nullable StorageFault fault;
  private int failing = Integer.MAX_VALUE;
  private Effect effect = Effect.NOT_DONE;
  private Extent extent = Extent.ONE;
  private int fired;
  private int momentOperation;
  private @Nullable Runnable moment;

  /** Creates a storage that works until it is armed. */
  public FaultyStorage(Storage storage) {
    this.storage = storage;
  }

  /** Lets the operation fail that comes after {@code operation} others. */
  public synchronized void arm(int operation, Effect withEffect, Extent howMany) {
    operations.clear();
    acts.clear();
    failing = operation;
    effect = withEffect;
    extent = howMany;
    fault = null;
    fired = 0;
    moment = null;
  }

  /** Lets the operation fail in a certain way that comes after {@code operation} others. */
  public synchronized void arm(int operation, StorageFault kind) {
    arm(operation, kind, Extent.ONE);
  }

  /**
   * Lets the operation fail in a certain way that comes after {@code operation} others, alone or
   * with all after it that can fail in this way.
   */
  public synchronized void arm(int operation, StorageFault kind, Extent howMany) {
    boolean done = kind == StorageFault.RENAME_REPORTED_AS_FAILED;
    arm(operation, done ? Effect.DONE : Effect.NOT_DONE, howMany);
    fault = kind;
  }

  /** Does something when {@code operation} others have begun; nothing fails. */
  public synchronized void at(int operation, Runnable then) {
    count();
    momentOperation = operation;
    moment = then;
  }

  /** Only counts operations from now on. */
  public synchronized void count() {
    arm(Integer.MAX_VALUE, Effect.NOT_DONE, Extent.ONE);
  }

  /** Works again from now on. */
  public synchronized void disarm() {
    failing = Integer.MAX_VALUE;
  }

  /** Returns how many operations have failed since it was armed. */
  public synchronized int fired() {
    return fired;
  }

  /** Returns what was asked for since it was armed, in order. */
  public synchronized List<String> operations() {
    return List.copyOf(operations);
  }

  /** Returns of which kind the operations since it was armed were, in order. */
  public synchronized List<StorageAct> acts() {
    return List.copyOf(acts);
  }

  @FunctionalInterface
  private interface Operation<T> {
    T run() throws IOException;
  }

  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  private <T> T guarded(StorageAct act, String name, StoragePath path, Operation<T> operation)
      throws IOException {
    boolean fails = note(act, name + " " + path);
    if (fails && effect == Effect.NOT_DONE) {
      throw injected(name, path);
    }
    T result = operation.run();
    if (fails) {
      throw injected(name, path);
    }
    return result;
  }

  /** Takes note of an operation, and returns whether it is one that fails. */
  private synchronized boolean note(StorageAct act, String text) {
    int index = operations.size();
    operations.add(text);
    acts.add(act);
    Runnable then = moment;
    if (then != null && index == momentOperation) {
      then.run();
    }
    boolean fails = extent == Extent.ONE ? index == failing : index >= failing;
    return fails && (fault == null || fault.fits(act));
  }

  private void guardedAction(StorageAct act, String name, StoragePath path, Action action)
      throws IOException {
    guarded(
        act,
        name,
        path,
        () -> {
          action.run();
          return Boolean.TRUE;
        });
  }

  private synchronized IOException injected(String name, StoragePath path) {
    fired++;
    StorageFault kind = fault;
    return kind == null
        ? new IOException("injected failure: " + name + " " + path)
        : kind.failure(path.text());
  }

  @Override
  public StoragePath resolve(String text) {
    return storage.resolve(text);
  }

  @Override
  public Optional<FileStatus> status(StoragePath path) throws IOException {
    return guarded(StorageAct.STATUS, "status", path, () -> storage.status(path));
  }

  @Override
  public List<FileStatus> listDataFiles(StoragePath directory) throws IOException {
    return guarded(
        StorageAct.LIST, "listDataFiles", directory, () -> storage.listDataFiles(directory));
  }

  @Override
  public List<FileStatus> list(StoragePath directory) throws IOException {
    return guarded(StorageAct.LIST, "list", directory, () -> storage.list(directory));
  }

  @Override
  public StorageInput open(StoragePath path) throws IOException {
    // A file that was opened but reported as not would stay open for ever.
    guardedAction(StorageAct.OPEN, "open", path, () -> {});
    return new FaultyInput(storage.open(path));
  }

  @Override
  public StorageOutput create(StoragePath path) throws IOException {
    // A file that was made but reported as not would stay open for ever.
    guardedAction(StorageAct.CREATE, "create", path, () -> {});
    return new FaultyOutput(storage.create(path));
  }

  @Override
  public void createDirectories(StoragePath directory) throws IOException {
    guardedAction(
        StorageAct.MAKE_DIRECTORY,
        "createDirectories",
        directory,
        () -> storage.createDirectories(directory));
  }

  @Override
  public void createPrivateDirectory(StoragePath directory) throws IOException {
    guardedAction(
        StorageAct.MAKE_DIRECTORY,
        "createPrivateDirectory",
        directory,
        () -> storage.createPrivateDirectory(directory));
  }

  @Override
  public void copyAttributes(StoragePath model, StoragePath file) throws IOException {
    guardedAction(
        StorageAct.ATTRIBUTES, "copyAttributes", file, () -> storage.copyAttributes(model, file));
  }

  @Override
  public void duplicate(StoragePath file, StoragePath copy) throws IOException {
    guardedAction(StorageAct.LINK, "duplicate", file, () -> storage.duplicate(file, copy));
  }

  @Override
  public void replace(StoragePath from, StoragePath to) throws IOException {
    guardedAction(StorageAct.RENAME, "replace " + from, to, () -> storage.replace(from, to));
  }

  @Override
  public void delete(StoragePath path) throws IOException {
    guardedAction(StorageAct.DELETE, "delete", path, () -> storage.delete(path));
  }

  @Override
  public void deleteTree(StoragePath directory) throws IOException {
    guardedAction(StorageAct.DELETE, "deleteTree", directory, () -> storage.deleteTree(directory));
  }

  @Override
  public void syncDirectory(StoragePath directory) throws IOException {
    guardedAction(
        StorageAct.SYNC, "syncDirectory", directory, () -> storage.syncDirectory(directory));
  }

  @Override
  public void restoreTime(FileStatus status) throws IOException {
    guardedAction(
        StorageAct.ATTRIBUTES, "restoreTime", status.path(), () -> storage.restoreTime(status));
  }

  @Override
  public Optional<StorageLock> tryLock(StoragePath file) throws IOException {
    // A lock that was taken but reported as not would be held for ever.
    guardedAction(StorageAct.LOCK, "tryLock", file, () -> {});
    return storage.tryLock(file);
  }

  @Override
  public String lockText(StoragePath file) throws IOException {
    return guarded(StorageAct.LOCK, "lockText", file, () -> storage.lockText(file));
  }

  @Override
  public long usableBytes(StoragePath path) throws IOException {
    return guarded(StorageAct.SPACE, "usableBytes", path, () -> storage.usableBytes(path));
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
      guardedAction(StorageAct.READ, "read", input.path(), () -> input.readFully(position, target));
    }

    @Override
    public void close() throws IOException {
      input.close();
    }
  }

  /** Fails writes as the storage is told to. */
  private final class FaultyOutput implements StorageOutput {
    private final StorageOutput output;
    private boolean closed;

    FaultyOutput(StorageOutput output) {
      this.output = output;
    }

    @Override
    public StoragePath path() {
      return output.path();
    }

    @Override
    public long position() {
      return output.position();
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
      if (note(StorageAct.WRITE, "write " + path())) {
        if (fault == StorageFault.SHORT_WRITE) {
          int half = source.remaining() / 2;
          output.write(source.slice(source.position(), half));
          source.position(source.position() + half);
        }
        throw injected("write", path());
      }
      output.write(source);
    }

    @Override
    public void copyFrom(StorageInput input, long position, long length) throws IOException {
      StorageInput known = input instanceof FaultyInput faulty ? faulty.input : input;
      if (note(StorageAct.WRITE, "copy to " + path())) {
        if (fault == StorageFault.SHORT_WRITE) {
          output.copyFrom(known, position, length / 2);
        }
        throw injected("copy to", path());
      }
      output.copyFrom(known, position, length);
    }

    @Override
    public void sync() throws IOException {
      guardedAction(StorageAct.SYNC, "sync", path(), output::sync);
    }

    @Override
    public void close() throws IOException {
      if (closed) {
        return;
      }
      closed = true;
      output.close();
      guardedAction(StorageAct.CLOSE, "close", path(), () -> {});
    }
  }
}
