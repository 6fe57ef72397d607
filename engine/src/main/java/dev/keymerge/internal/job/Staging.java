package dev.keymerge.internal.job;

import dev.keymerge.internal.commit.StagingArea;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.target.Snapshot;
import org.jspecify.annotations.Nullable;

/**
 * Makes the staging area of a merge when it is first needed, so that a merge that changes nothing
 * leaves no trace at all.
 *
 * <p>Thread-safe until closed; closing removes the area.
 */
final class Staging implements AutoCloseable {
  private final Storage storage;
  private final Snapshot snapshot;
  private @Nullable StagingArea area;

  Staging(Storage storage, Snapshot snapshot) {
    this.storage = storage;
    this.snapshot = snapshot;
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

  @Override
  public synchronized void close() {
    StagingArea existing = area;
    if (existing != null) {
      existing.close();
    }
  }
}
