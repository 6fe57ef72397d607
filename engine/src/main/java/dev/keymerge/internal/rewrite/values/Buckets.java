package dev.keymerge.internal.rewrite.values;

import dev.keymerge.MergeException;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import org.jspecify.annotations.Nullable;

/**
 * Appends records to any of many streams, each through a small buffer of its own.
 *
 * <p>When memory for one more buffer is refused, all buffers are written and given back first.
 * Closing drops what {@link #finish} has not handed over. Not thread-safe.
 */
final class Buckets implements AutoCloseable {
  private final SpillStore store;
  private final int blockBytes;
  private final @Nullable SpillWriter[] writers;
  private @Nullable SpillStream @Nullable [] finished;

  Buckets(SpillStore store, int count, int blockBytes) {
    this.store = store;
    this.blockBytes = blockBytes;
    this.writers = new SpillWriter[count];
  }

  /**
   * Appends a record of {@code bytes} bytes to {@code bucket} and returns the address where the
   * caller writes it, before it calls anything else here.
   */
  long append(int bucket, int bytes) {
    SpillWriter writer = writers[bucket];
    if (writer == null) {
      writer = store.create(blockBytes);
      writers[bucket] = writer;
    }
    try {
      return writer.append(bytes);
    } catch (MergeException.LimitExceeded refused) {
      pause();
      return writer.append(bytes);
    }
  }

  private void pause() {
    for (int bucket = 0; bucket < writers.length; bucket++) {
      pause(bucket);
    }
  }

  /** Writes what waits in the buffer of {@code bucket} and gives it back until it is needed. */
  void pause(int bucket) {
    SpillWriter writer = writers[bucket];
    if (writer != null) {
      writer.pause();
    }
  }

  /**
   * Writes what is left and hands the streams over to the caller, who closes them; null where
   * nothing was appended.
   */
  @Nullable SpillStream[] finish() {
    @Nullable SpillStream[] streams = new SpillStream[writers.length];
    finished = streams;
    for (int i = 0; i < writers.length; i++) {
      SpillWriter writer = writers[i];
      if (writer != null) {
        streams[i] = writer.finish();
        writers[i] = null;
      }
    }
    finished = null;
    return streams;
  }

  /** Closes those of {@code streams} that there are. */
  static void close(@Nullable SpillStream[] streams) {
    for (SpillStream stream : streams) {
      if (stream != null) {
        stream.close();
      }
    }
  }

  @Override
  public void close() {
    for (SpillWriter writer : writers) {
      if (writer != null) {
        writer.close();
      }
    }
    @Nullable SpillStream[] left = finished;
    if (left != null) {
      close(left);
    }
  }
}
