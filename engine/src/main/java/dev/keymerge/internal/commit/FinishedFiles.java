package dev.keymerge.internal.commit;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFailure;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells which staged files of a merge are finished in a log beside them, so that a merge that is
 * asked to resume need not write them again, and knows those that it resumes from.
 *
 * <p>A merge may write more files than memory has room for names: of its own files only those are
 * known that it is just writing.
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

  private final Storage storage;
  private final StagingArea area;
  private final String fence;
  private final MemoryReservation memory;
  private final Map<String, FinishedFile> takenOver = new HashMap<>();
  private final Set<String> unfinished = new HashSet<>();
  private int finished;
  private @Nullable StorageOutput log;
  private long syncedNanos;

  /**
   * Creates the knowledge for a merge that stages in {@code area}.
   *
   * @param fence differs between merges that may write different bytes
   * @param memory charged for what is taken over; owned
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
   * Moves the finished files of interrupted merges with the same fence here, and removes those
   * merges' areas.
   *
   * <p>Called once, before any file is asked for or begun.
   *
   * @param areas directories of staging areas of merges that are over
   */
  public synchronized void takeOver(List<StoragePath> areas) throws IOException {
    for (StoragePath abandoned : areas) {
      for (FinishedFile file : FinishedFileLog.read(storage, log(abandoned), fence, memory)) {
        if (file.describes(storage.status(file.written().path()))
            && takenOver.putIfAbsent(file.name(), file) == null) {
          finished++;
        }
      }
    }
    // Known before they come, so that they are found again wherever a crash leaves them.
    for (FinishedFile file : takenOver.values()) {
      write(file);
    }
    for (FinishedFile file : takenOver.values()) {
      storage.replace(file.written().path(), area.path(file.name()));
    }
    sync();
    for (StoragePath abandoned : areas) {
      StagingOwner.sweep(storage, abandoned);
    }
  }

  /**
   * Returns the finished file {@code name}, if it was made by the plan {@code plan} and is still
   * there; one that is of no use is removed.
   */
  public synchronized Optional<WrittenFile> find(String name, String plan) {
    FinishedFile known = takenOver.get(name);
    if (known == null) {
      return Optional.empty();
    }
    try {
      if (known.plan().equals(plan) && known.describes(storage.status(area.path(name)))) {
        return Optional.of(known.written().at(area.path(name)));
      }
      drop(name);
      return Optional.empty();
    } catch (IOException failure) {
      throw StorageFailure.of("look at the finished file " + area.path(name), failure);
    }
  }

  /**
   * Takes note that the file {@code name} is being written; one of that name that was taken over is
   * removed.
   */
  public synchronized void begin(String name) throws IOException {
    if (takenOver.containsKey(name)) {
      drop(name);
    }
    unfinished.add(name);
  }

  private void drop(String name) throws IOException {
    storage.delete(area.path(name));
    takenOver.remove(name);
    finished--;
  }

  /** Takes note that {@code written}, made by {@code plan} under {@code name}, is synced. */
  public synchronized void add(String name, String plan, WrittenFile written) throws IOException {
    FileStatus status =
        storage
            .status(written.path())
            .orElseThrow(() -> new IOException(written.path() + " vanished while staging"));
    write(FinishedFile.of(name, plan, written, status));
    unfinished.remove(name);
    finished++;
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
    if (finished == 0 || area.isKept()) {
      return false;
    }
    sync();
    for (FileStatus entry : storage.list(area.directory())) {
      String name = entry.path().name();
      boolean known =
          name.equals(LOG)
              || name.equals(StagingOwner.NAME)
              || (name.endsWith(StagingArea.SUFFIX) && !unfinished.contains(stem(name)));
      if (!known) {
        storage.deleteTree(entry.path());
      }
    }
    return true;
  }

  private static String stem(String fileName) {
    return fileName.substring(0, fileName.length() - StagingArea.SUFFIX.length());
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
