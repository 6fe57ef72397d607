package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStream;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Holds the values of one column that matches take, on disk, in buckets of matches.
 *
 * <p>Thread-safe. Owns the streams of its values; those of the places are shared by the columns of
 * one route and closed by their owner.
 *
 * @param numbers how matches are numbered
 * @param layout how values stand
 * @param places per bucket the place of each value in the order of the values, two bytes each; null
 *     where there is none; borrowed
 * @param values per bucket its values, null where there is none
 */
record SpilledColumn(
    MatchNumbers numbers,
    ValueLayout layout,
    @Nullable SpillStream[] places,
    @Nullable SpillStream[] values)
    implements AutoCloseable {

  /** Returns how many bytes the values of {@code bucket} take on disk. */
  long bytes(int bucket) {
    SpillStream stream = values[bucket];
    return stream == null ? 0 : stream.bytes();
  }

  /** Reads the places of the values of {@code bucket}. */
  char[] readPlaces(int bucket) {
    SpillStream stream = places[bucket];
    if (stream == null) {
      return new char[0];
    }
    char[] read = new char[(int) (stream.bytes() / Character.BYTES)];
    int next = 0;
    try (SpillReader reader = stream.open()) {
      while (reader.next()) {
        long end = reader.address() + reader.bytes();
        for (long at = reader.address(); at < end; at += Character.BYTES) {
          read[next++] = (char) MemoryUtil.getShort(at);
        }
      }
    }
    return read;
  }

  /** Returns the values of {@code bucket}; they stay owned here. */
  SpillStream stream(int bucket) {
    SpillStream stream = values[bucket];
    if (stream == null) {
      throw new IllegalStateException("No values were written for bucket " + bucket);
    }
    return stream;
  }

  /** Reads the values of {@code bucket}, see {@link ValueLayout#read}. */
  void read(int bucket, char[] bucketPlaces, int from, int to, FieldVector target) {
    layout.read(stream(bucket), bucketPlaces, from, to, target);
  }

  @Override
  public void close() {
    Buckets.close(values);
  }
}
