package dev.keymerge.internal.job;

import dev.keymerge.internal.progress.MergeProgress;
import dev.keymerge.internal.storage.StorageMeter;

/** Passes on to the progress of a merge what it reads and writes. Thread-safe. */
final class StorageTraffic implements StorageMeter {
  private final MergeProgress progress;

  StorageTraffic(MergeProgress progress) {
    this.progress = progress;
  }

  @Override
  public void read(long bytes) {
    progress.addBytesRead(bytes);
  }

  @Override
  public void wrote(long bytes) {
    progress.addBytesWritten(bytes);
  }
}
