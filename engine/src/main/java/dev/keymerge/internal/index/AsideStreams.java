package dev.keymerge.internal.index;

import dev.keymerge.internal.spill.SpillStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects, per partition, the target keys that the probes of all threads have set aside.
 *
 * <p>Thread-safe; owns the streams until they are taken.
 */
final class AsideStreams implements AutoCloseable {
  private final List<List<SpillStream>> partitions = new ArrayList<>();

  AsideStreams(int count) {
    for (int index = 0; index < count; index++) {
      partitions.add(new ArrayList<>(0));
    }
  }

  synchronized int count() {
    return partitions.size();
  }

  synchronized void add(int partition, SpillStream stream) {
    partitions.get(partition).add(stream);
  }

  /** Hands over what was collected for a partition; the caller closes it. */
  synchronized List<SpillStream> take(int partition) {
    return partitions.set(partition, new ArrayList<>(0));
  }

  @Override
  public synchronized void close() {
    partitions.forEach(streams -> streams.forEach(SpillStream::close));
    partitions.clear();
  }
}
