package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Lists which source row goes to which matches, in the order of the source rows, on disk.
 *
 * <p>Ascending but for places where it goes back: there a part of the source goes to more matches
 * than could be sorted at once. Thread-safe: cursors are independent of each other. Owns its
 * stream; closed after its cursors.
 *
 * <p>A record holds a chunk: the number of pairs (int), the bytes of a step and of a match (one
 * byte each), the first ordinal (long), the step from the ordinal before for each pair, and the
 * matches.
 */
final class Route implements AutoCloseable {
  /** The most pairs of a chunk. */
  static final int CHUNK_PAIRS = 4096;

  private static final int HEADER_BYTES = Integer.BYTES + 2 + Long.BYTES;
  private static final int BLOCK_BYTES = 128 << 10;

  private final SpillStream stream;

  private Route(SpillStream stream) {
    this.stream = stream;
  }

  /** Starts reading from the first pair on; the caller closes the cursor. */
  Cursor open() {
    return new Cursor(stream.open());
  }

  @Override
  public void close() {
    stream.close();
  }

  /** Writes the pairs of a route, a chunk at a time. Not thread-safe. */
  static final class Writer implements AutoCloseable {
    private final SpillWriter writer;

    Writer(SpillStore store) {
      this.writer = store.create(BLOCK_BYTES);
    }

    /** Appends pairs, at most {@link #CHUNK_PAIRS} of them, ascending by ordinal. */
    void append(long[] ordinals, long[] matches, int count) {
      long longestStep = 0;
      long greatest = 0;
      for (int i = 0; i < count; i++) {
        longestStep = Math.max(longestStep, i == 0 ? 0 : ordinals[i] - ordinals[i - 1]);
        greatest = Math.max(greatest, matches[i]);
      }
      int stepBytes = width(longestStep);
      int matchBytes = greatest <= Integer.MAX_VALUE ? Integer.BYTES : Long.BYTES;
      long at = writer.append(HEADER_BYTES + count * (stepBytes + matchBytes));
      MemoryUtil.putInt(at, count);
      MemoryUtil.putByte(at + Integer.BYTES, (byte) stepBytes);
      MemoryUtil.putByte(at + Integer.BYTES + 1, (byte) matchBytes);
      MemoryUtil.putLong(at + Integer.BYTES + 2, ordinals[0]);
      at += HEADER_BYTES;
      for (int i = 0; i < count; i++) {
        put(at, stepBytes, i == 0 ? 0 : ordinals[i] - ordinals[i - 1]);
        at += stepBytes;
      }
      for (int i = 0; i < count; i++) {
        put(at, matchBytes, matches[i]);
        at += matchBytes;
      }
    }

    /** Completes the route, which is the caller's. */
    Route finish() {
      return new Route(writer.finish());
    }

    @Override
    public void close() {
      writer.close();
    }

    private static int width(long most) {
      if (most <= 0xFF) {
        return 1;
      }
      return most <= Integer.MAX_VALUE ? Integer.BYTES : Long.BYTES;
    }

    private static void put(long at, int width, long value) {
      switch (width) {
        case 1 -> MemoryUtil.putByte(at, (byte) value);
        case Integer.BYTES -> MemoryUtil.putInt(at, (int) value);
        default -> MemoryUtil.putLong(at, value);
      }
    }
  }

  /** Reads a route chunk by chunk. Not thread-safe. */
  static final class Cursor implements AutoCloseable {
    private final SpillReader reader;
    private final long[] ordinals = new long[CHUNK_PAIRS];
    private final long[] matches = new long[CHUNK_PAIRS];
    private long at;
    private long end;
    private int count;

    private Cursor(SpillReader reader) {
      this.reader = reader;
    }

    /** Loads the next chunk and returns true, or returns false at the end. */
    boolean next() {
      while (at == end) {
        if (!reader.next()) {
          return false;
        }
        at = reader.address();
        end = at + reader.bytes();
      }
      count = MemoryUtil.getInt(at);
      int stepBytes = MemoryUtil.getByte(at + Integer.BYTES);
      int matchBytes = MemoryUtil.getByte(at + Integer.BYTES + 1);
      long ordinal = MemoryUtil.getLong(at + Integer.BYTES + 2);
      at += HEADER_BYTES;
      for (int i = 0; i < count; i++) {
        ordinal += get(at, stepBytes);
        ordinals[i] = ordinal;
        at += stepBytes;
      }
      for (int i = 0; i < count; i++) {
        matches[i] = get(at, matchBytes);
        at += matchBytes;
      }
      return true;
    }

    private static long get(long at, int width) {
      return switch (width) {
        case 1 -> MemoryUtil.getByte(at) & 0xFF;
        case Integer.BYTES -> MemoryUtil.getInt(at);
        default -> MemoryUtil.getLong(at);
      };
    }

    /** Returns how many pairs the loaded chunk has. */
    int count() {
      return count;
    }

    /** Returns the source row of each pair; owned by the cursor. */
    long[] ordinals() {
      return ordinals;
    }

    /** Returns the number of the match of each pair; owned by the cursor. */
    long[] matches() {
      return matches;
    }

    @Override
    public void close() {
      reader.close();
    }
  }
}
