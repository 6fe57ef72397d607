package dev.keymerge.internal.job;

import dev.keymerge.internal.commit.FinishedFiles;
import dev.keymerge.internal.commit.StagingArea;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes the staging area of a merge when it is first needed, so that a merge that changes nothing
 * leaves no trace at all, and remembers which files in it are finished.
 *
 * <p>Thread-safe until closed; closing removes the area.
 */
final class Staging implements AutoCloseable {
  private final Storage storage;
  private final Storage bookkeeping;
  private final Snapshot snapshot;
  private final MemoryBudget budget;
  private @Nullable StagingArea area;
  private @Nullable FinishedFiles finished;
  private @Nullable String fence;
  private int resumedFiles;
  private long resumedBytes;
  private long resumedBytesCopied;

  /**
   * Creates the staging of one merge.
   *
   * @param storage where files are staged
   * @param bookkeeping the same storage, for what the merge writes about itself
   */
  Staging(Storage storage, Storage bookkeeping, Snapshot snapshot, MemoryBudget budget) {
    this.storage = storage;
    this.bookkeeping = bookkeeping;
    this.snapshot = snapshot;
    this.budget = budget;
  }

  /** Returns the area, which this keeps owning. */
  synchronized StagingArea area() {
    StagingArea existing = area;
    if (existing == null) {
      existing = StagingArea.create(storage, snapshot);
      area = existing;
    }
    return existing;
  }

  /** Returns the storage for what the merge writes about itself, which counts as nobody's rows. */
  Storage bookkeeping() {
    return bookkeeping;
  }

  /** Says what finished files must agree in to serve this merge; before any is asked for. */
  synchronized void fence(String text) {
    fence = text;
  }

  /** Takes over what interrupted merges have finished, and removes the rest of them. */
  synchronized void resume(List<StoragePath> abandoned) throws IOException {
    if (!abandoned.isEmpty()) {
      finishedFiles().takeOver(abandoned);
    }
  }

  private FinishedFiles finishedFiles() {
    FinishedFiles existing = finished;
    if (existing == null) {
      String known = fence;
      if (known == null) {
        throw new IllegalStateException("Nothing is finished before the source is known");
      }
      existing =
          new FinishedFiles(bookkeeping, area(), known, budget.open("list of finished files"));
      finished = existing;
    }
    return existing;
  }

  /** Returns the file {@code name} if an interrupted merge has made it by {@code plan} already. */
  synchronized Optional<WrittenFile> finished(String name, String plan) {
    FinishedFiles known = finished;
    if (known == null) {
      return Optional.empty();
    }
    Optional<WrittenFile> found = known.find(name, plan);
    found.ifPresent(
        file -> {
          resumedFiles++;
          resumedBytes += file.bytes();
          resumedBytesCopied += file.bytesCopied();
        });
    return found;
  }

  /** Creates the file {@code name}, in place of one that an interrupted merge has finished. */
  StorageOutput create(String name) throws IOException {
    StagingArea place;
    synchronized (this) {
      finishedFiles().begin(name);
      place = area();
    }
    return place.create(name);
  }

  /** Remembers that the file {@code name}, made by {@code plan}, is finished. */
  synchronized void addFinished(String name, String plan, WrittenFile file) throws IOException {
    finishedFiles().add(name, plan, file);
  }

  /** Lets finished files, if there are any, stand for a merge that resumes this one. */
  synchronized void keepFinished() throws IOException {
    FinishedFiles known = finished;
    if (known != null && known.keepFinishedOnly()) {
      area().keepForResume();
    }
  }

  /** Returns whether the merge is committed, or may be. */
  synchronized boolean isCommitted() {
    return area != null && area.isCommitted();
  }

  /** Returns how many files were not written because an interrupted merge had finished them. */
  synchronized int resumedFiles() {
    return resumedFiles;
  }

  /** Returns how long these files are. */
  synchronized long resumedBytes() {
    return resumedBytes;
  }

  /** Returns how many of these bytes had been copied as they were. */
  synchronized long resumedBytesCopied() {
    return resumedBytesCopied;
  }

  @Override
  public synchronized void close() {
    try (StagingArea closing = area) {
      if (finished != null) {
        finished.close();
      }
    }
  }
}
