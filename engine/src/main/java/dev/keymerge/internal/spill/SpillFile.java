package dev.keymerge.internal.spill;

import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Holds blocks of many streams, appended in any order, and goes when the last stream that has
 * blocks here is gone.
 *
 * <p>Appended to until it is sealed, then read by any number of threads. All else is guarded by the
 * store.
 */
final class SpillFile {
  private final Storage storage;
  private final StoragePath path;
  private final StorageOutput output;
  private @Nullable StorageInput input;
  private boolean sealed;
  private int readers;
  private int streams;

  /** Creates the file at {@code path}, where nothing stands yet. */
  SpillFile(Storage storage, StoragePath path) throws IOException {
    this.storage = storage;
    this.path = path;
    this.output = storage.create(path);
  }

  StoragePath path() {
    return path;
  }

  long bytes() {
    return output.position();
  }

  boolean sealed() {
    return sealed;
  }

  /** Appends a block and returns where it starts. */
  long append(ByteBuffer block) throws IOException {
    long position = output.position();
    output.write(block);
    return position;
  }

  /** Returns what is read from until {@link #endReading}; ends writing. */
  StorageInput startReading() throws IOException {
    StorageInput opened = input;
    if (opened == null) {
      sealed = true;
      output.close();
      opened = storage.open(path);
      input = opened;
    }
    readers++;
    return opened;
  }

  /** Notes that one reader less reads, and returns whether it was the last one. */
  boolean endReading() {
    readers--;
    return readers == 0;
  }

  /** Gives the input back until it is read from again; nobody reads now. */
  void closeInput() throws IOException {
    StorageInput opened = input;
    if (opened != null) {
      input = null;
      opened.close();
    }
  }

  /** Notes that one more stream has blocks here. */
  void join() {
    streams++;
  }

  /** Returns how many streams have blocks here. */
  int streams() {
    return streams;
  }

  /** Notes that a stream is gone, and returns whether it was the last one. */
  boolean leave() {
    streams--;
    return streams == 0;
  }

  void delete() throws IOException {
    close();
    storage.delete(path);
  }

  void close() throws IOException {
    sealed = true;
    StorageInput opened = input;
    try (StorageOutput closing = output) {
      if (opened != null) {
        opened.close();
      }
    }
  }
}
