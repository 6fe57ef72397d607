package dev.keymerge.internal.commit;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageLock;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows which staged files of a merge are finished, in memory and in a log beside them, so that a
 * merge that is asked to resume need not write them again.
 *
 * <p>The log counts only for a merge with the same fence: a text in which everything stands that
 * decides what is written. A line is written after its file is synced; what a crash does to the end
 * of the log costs work and nothing else, so the log itself is synced once in a while only.
 *
 * <p>Thread-safe. Closed before the staging area.
 */
public final class FinishedFiles implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(FinishedFiles.class);
  private static final String LOG = "resume";
  private static final long SYNC_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long ENTRY_BYTES = 500;

  private final Storage storage;
  private final StagingArea area;
  private final String fence;
  private final MemoryReservation memory;
  private final Map<String, FinishedFile> finished = new HashMap<>();
  private @Nullable StorageOutput log;
  private long syncedNanos;

  /**
   * Creates the knowledge for a merge that stages in {@code area}.
   *
   * @param fence differs between merges that may write different bytes
   * @param memory charged for what is known; owned
   */
  public FinishedFiles(Storage storage, StagingArea area, String fence, MemoryReservation memory) {
    this.storage = storage;
    this.area = area;
    this.fence = fence;
    this.memory = memory;
  }

  /** Returns where the log of a staging area stands. */
  static StoragePath log(StoragePath stagingDirectory) {
    return stagingDirectory.resolve(LOG);
  }

  /**
   * Moves the finished files of interrupted merges with the same fence here, removes those merges'
   * areas, and returns how many files it were.
   *
   * @param areas directories of staging areas of merges that are over
   */
  public synchronized int takeOver(List<StoragePath> areas) throws IOException {
    int before = finished.size();
    Map<String, StoragePath> sources = new HashMap<>();
    for (StoragePath abandoned : areas) {
      for (FinishedFile file : FinishedFileLog.read(storage, log(abandoned), fence, memory)) {
        StoragePath path = abandoned.resolve(file.fileName());
        if (file.describes(storage.status(path)) && !finished.containsKey(file.name())) {
          finished.put(file.name(), file);
          sources.put(file.name(), path);
        }
      }
    }
    // Known before they come, so that they are found again wherever a crash leaves them.
    for (FinishedFile file : finished.values()) {
      write(file);
    }
    for (Map.Entry<String, StoragePath> source : sources.entrySet()) {
      StoragePath path = area.path(source.getKey());
      storage.replace(source.getValue(), path);
      area.adopt(path);
    }
    sync();
    for (StoragePath abandoned : areas) {
      remove(storage, abandoned);
    }
    return finished.size() - before;
  }

  /**
   * Returns the finished file {@code name}, if it was made by the plan {@code plan} and is still
   * there; one that is of no use is removed.
   */
  public synchronized Optional<WrittenFile> find(String name, String plan) {
    FinishedFile known = finished.get(name);
    if (known == null) {
      return Optional.empty();
    }
    try {
      if (known.plan().equals(plan) && known.describes(storage.status(area.path(name)))) {
        return Optional.of(known.written(area.path(name)));
      }
      finished.remove(name);
      storage.delete(area.path(name));
      return Optional.empty();
    } catch (IOException failure) {
      throw StorageFailure.of("look at the finished file " + area.path(name), failure);
    }
  }

  /** Removes the finished file {@code name}, if it is known, because it is written again. */
  public synchronized void forget(String name) throws IOException {
    if (finished.containsKey(name)) {
      storage.delete(area.path(name));
      finished.remove(name);
    }
  }

  /** Takes note that {@code written}, made by {@code plan} under {@code name}, is synced. */
  public synchronized void add(String name, String plan, WrittenFile written) throws IOException {
    FileStatus status =
        storage
            .status(written.path())
            .orElseThrow(() -> new IOException(written.path() + " vanished while staging"));
    memory.grow(ENTRY_BYTES);
    FinishedFile file = FinishedFile.of(name, plan, written, status);
    finished.put(name, file);
    write(file);
    if (System.nanoTime() - syncedNanos > SYNC_NANOS) {
      sync();
    }
  }

  private void write(FinishedFile file) throws IOException {
    StorageOutput output = log;
    if (output == null) {
      output = storage.create(log(area.directory()));
      log = output;
      syncedNanos = System.nanoTime();
      append(output, FinishedFileLog.header(fence));
    }
    append(output, file.line());
  }

  private static void append(StorageOutput output, String line) throws IOException {
    byte[] bytes = (FinishedFileLog.sealed(line) + "\n").getBytes(StandardCharsets.UTF_8);
    output.write(ByteBuffer.wrap(bytes));
  }

  private void sync() throws IOException {
    StorageOutput output = log;
    if (output != null) {
      output.sync();
      storage.syncDirectory(area.directory());
      syncedNanos = System.nanoTime();
    }
  }

  /**
   * Removes what is not finished from the area, which is kept for a merge that resumes this one.
   * Nothing is removed from an area that a journal may need.
   *
   * @return whether anything is worth keeping
   */
  public synchronized boolean keepFinishedOnly() throws IOException {
    if (finished.isEmpty() || area.isKept()) {
      return false;
    }
    sync();
    for (FileStatus entry : storage.list(area.directory())) {
      String name = entry.path().name();
      boolean known =
          name.equals(LOG)
              || name.equals(StagingOwner.NAME)
              || (name.endsWith(StagingArea.SUFFIX)
                  && finished.containsKey(
                      name.substring(0, name.length() - StagingArea.SUFFIX.length())));
      if (!known) {
        storage.deleteTree(entry.path());
      }
    }
    return true;
  }

  /** Removes the staging area {@code directory} of a merge that is over. */
  static void remove(Storage storage, StoragePath directory) throws IOException {
    Optional<StorageLock> owner = StagingOwner.takeOver(storage, directory);
    if (owner.isPresent()) {
      try (StorageLock held = owner.get()) {
        storage.deleteTree(held.path().parent());
      }
    }
  }

  @Override
  public synchronized void close() {
    memory.close();
    StorageOutput output = log;
    log = null;
    if (output != null) {
      try {
        output.close();
      } catch (IOException failure) {
        LOGGER.debug("The log of finished files was not closed", failure);
      }
    }
  }
}
