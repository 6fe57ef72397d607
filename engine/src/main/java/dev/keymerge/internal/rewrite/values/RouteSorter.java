package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillStream;
import java.util.Arrays;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * Sorts pairs of source row and match by source row, on disk: first into ranges of source rows,
 * then each range in memory.
 *
 * <p>A range whose pairs do not fit is sorted in pieces, so memory limits nothing but how often the
 * route goes back. Not thread-safe.
 */
final class RouteSorter implements AutoCloseable {
  private static final int LEAST_RANGE_BITS = 18;

  /** A pair is sorted as one number: the row in its range above the match. */
  private static final int MOST_RANGE_BITS = 21;

  private static final int MATCH_BITS = Long.SIZE - 1 - MOST_RANGE_BITS;
  private static final long MATCH_MASK = (1L << MATCH_BITS) - 1;
  private static final int MOST_RANGES = 1 << 8;
  private static final int BUFFERS_BYTES = 4 << 20;
  private static final int MOST_BLOCK_BYTES = 64 << 10;
  private static final int FEWEST_SORTED = 1 << 10;
  private static final int MOST_SORTED = 1 << 19;

  private final SpillStore store;
  private final MemoryReservation memory;
  private final int rangeBits;
  private final Buckets ranges;
  private final long[] ordinals = new long[Route.CHUNK_PAIRS];
  private final long[] matches = new long[Route.CHUNK_PAIRS];

  /**
   * Creates a sorter.
   *
   * @param store where pairs wait
   * @param memory charged with what is sorted; owned
   * @param sourceRows how many rows the source has
   */
  RouteSorter(SpillStore store, MemoryReservation memory, long sourceRows) {
    this.store = store;
    this.memory = memory;
    int bits = LEAST_RANGE_BITS;
    while (bits < MOST_RANGE_BITS && sourceRows >> bits >= MOST_RANGES) {
      bits++;
    }
    this.rangeBits = bits;
    int count = Math.toIntExact((sourceRows >> bits) + 1);
    this.ranges = new Buckets(store, count, Math.min(MOST_BLOCK_BYTES, BUFFERS_BYTES / count));
  }

  /** Adds a pair. */
  void add(long ordinal, long match) {
    int range = (int) (ordinal >>> rangeBits);
    long inRange = ordinal & ((1L << rangeBits) - 1);
    MemoryUtil.putLong(ranges.append(range, Long.BYTES), inRange << MATCH_BITS | match);
  }

  /** Sorts all pairs and returns them as the caller's. */
  Route finish() {
    @Nullable SpillStream[] streams = ranges.finish();
    try (Route.Writer writer = new Route.Writer(store)) {
      for (int range = 0; range < streams.length; range++) {
        SpillStream stream = streams[range];
        if (stream != null) {
          sort(stream, (long) range << rangeBits, writer);
          streams[range] = null;
          stream.close();
        }
      }
      return writer.finish();
    } finally {
      Buckets.close(streams);
    }
  }

  private void sort(SpillStream stream, long firstOrdinal, Route.Writer writer) {
    long pairs = stream.bytes() / Long.BYTES;
    int capacity = (int) Math.min(pairs, MOST_SORTED);
    while (capacity > FEWEST_SORTED && !memory.tryGrow((long) capacity * Long.BYTES)) {
      capacity /= 2;
    }
    if (memory.bytes() == 0) {
      memory.grow((long) capacity * Long.BYTES);
    }
    long[] packed = new long[capacity];
    int count = 0;
    try (SpillReader reader = stream.open()) {
      while (reader.next()) {
        long at = reader.address();
        long end = at + reader.bytes();
        for (; at < end; at += Long.BYTES) {
          if (count == capacity) {
            write(packed, count, firstOrdinal, writer);
            count = 0;
          }
          packed[count++] = MemoryUtil.getLong(at);
        }
      }
    }
    write(packed, count, firstOrdinal, writer);
    memory.shrink(memory.bytes());
  }

  private void write(long[] packed, int count, long firstOrdinal, Route.Writer writer) {
    Arrays.sort(packed, 0, count);
    int filled = 0;
    for (int i = 0; i < count; i++) {
      ordinals[filled] = firstOrdinal + (packed[i] >>> MATCH_BITS);
      matches[filled++] = packed[i] & MATCH_MASK;
      if (filled == Route.CHUNK_PAIRS || i == count - 1) {
        writer.append(ordinals, matches, filled);
        filled = 0;
      }
    }
  }

  @Override
  public void close() {
    try {
      ranges.close();
    } finally {
      memory.close();
    }
  }
}
