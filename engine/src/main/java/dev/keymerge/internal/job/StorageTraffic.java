package dev.keymerge.internal.job;

import dev.keymerge.internal.progress.MergeProgress;
import dev.keymerge.internal.storage.StorageMeter;
import java.util.concurrent.atomic.LongAdder;

/** Counts what one merge reads and writes, and passes it on to its progress. Thread-safe. */
final class StorageTraffic implements StorageMeter {
  private final MergeProgress progress;
  private final LongAdder copied = new LongAdder();

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

  @Override
  public void copied(long bytes) {
    copied.add(bytes);
  }

  long bytesCopied() {
    return copied.sum();
  }
}
