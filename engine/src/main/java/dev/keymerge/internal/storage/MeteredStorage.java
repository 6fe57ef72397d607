package dev.keymerge.internal.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Passes everything on to another storage and tells a meter how many bytes went by.
 *
 * <p>Thread-safe as far as the other storage and the meter are.
 */
public final class MeteredStorage implements Storage {
  private final Storage storage;
  private final StorageMeter meter;

  /** Creates a storage that does what {@code storage} does. */
  public MeteredStorage(Storage storage, StorageMeter meter) {
    this.storage = storage;
    this.meter = meter;
  }

  @Override
  public StoragePath resolve(String text) {
    return storage.resolve(text);
  }

  @Override
  public Optional<FileStatus> status(StoragePath path) throws IOException {
    return storage.status(path);
  }

  @Override
  public List<FileStatus> listDataFiles(StoragePath directory) throws IOException {
    return storage.listDataFiles(directory);
  }

  @Override
  public void visitDataFiles(StoragePath directory, Consumer<FileStatus> visitor)
      throws IOException {
    storage.visitDataFiles(directory, visitor);
  }

  @Override
  public List<FileStatus> list(StoragePath directory) throws IOException {
    return storage.list(directory);
  }

  @Override
  public StorageInput open(StoragePath path) throws IOException {
    return new MeteredInput(storage.open(path), meter);
  }

  @Override
  public StorageOutput create(StoragePath path) throws IOException {
    return new MeteredOutput(storage.create(path), meter);
  }

  @Override
  public void createDirectories(StoragePath directory) throws IOException {
    storage.createDirectories(directory);
  }

  @Override
  public void createPrivateDirectory(StoragePath directory) throws IOException {
    storage.createPrivateDirectory(directory);
  }

  @Override
  public void copyAttributes(StoragePath model, StoragePath file) throws IOException {
    storage.copyAttributes(model, file);
  }

  @Override
  public void duplicate(StoragePath file, StoragePath copy) throws IOException {
    storage.duplicate(file, copy);
  }

  @Override
  public void replace(StoragePath from, StoragePath to) throws IOException {
    storage.replace(from, to);
  }

  @Override
  public void delete(StoragePath path) throws IOException {
    storage.delete(path);
  }

  @Override
  public void deleteTree(StoragePath directory) throws IOException {
    storage.deleteTree(directory);
  }

  @Override
  public void syncDirectory(StoragePath directory) throws IOException {
    storage.syncDirectory(directory);
  }

  @Override
  public void restoreTime(FileStatus status) throws IOException {
    storage.restoreTime(status);
  }

  @Override
  public Optional<StorageLock> tryLock(StoragePath file) throws IOException {
    return storage.tryLock(file);
  }

  @Override
  public String lockText(StoragePath file) throws IOException {
    return storage.lockText(file);
  }

  @Override
  public long usableBytes(StoragePath path) throws IOException {
    return storage.usableBytes(path);
  }

  private record MeteredInput(StorageInput input, StorageMeter meter) implements StorageInput {
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
      int bytes = target.remaining();
      input.readFully(position, target);
      meter.read(bytes);
    }

    @Override
    public void close() throws IOException {
      input.close();
    }
  }

  private record MeteredOutput(StorageOutput output, StorageMeter meter) implements StorageOutput {
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
      int bytes = source.remaining();
      output.write(source);
      meter.wrote(bytes);
    }

    @Override
    public void copyFrom(StorageInput input, long position, long length) throws IOException {
      // The storage below knows its own inputs and has a faster way for them than byte by byte.
      StorageInput known = input instanceof MeteredInput metered ? metered.input() : input;
      output.copyFrom(known, position, length);
      meter.read(length);
      meter.wrote(length);
    }

    @Override
    public void sync() throws IOException {
      output.sync();
    }

    @Override
    public void close() throws IOException {
      output.close();
    }
  }
}
