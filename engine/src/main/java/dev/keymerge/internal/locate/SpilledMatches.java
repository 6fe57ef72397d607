package dev.keymerge.internal.locate;

import dev.keymerge.internal.plan.MatchCursor;
import dev.keymerge.internal.plan.Matches;
import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Keeps matches on disk in the order in which they were written, and shows stretches of them.
 *
 * <p>Thread-safe; owns the disk that it takes, and is closed after all cursors.
 */
final class SpilledMatches implements AutoCloseable {
  /** What a match takes on disk. */
  static final int RECORD_BYTES = Integer.BYTES + Long.BYTES;

  private static final int BLOCK_RECORDS = 4096;

  private final SpillStream stream;

  private SpilledMatches(SpillStream stream) {
    this.stream = stream;
  }

  /** Returns {@code count} matches of one row group, of which {@code first} were written before. */
  Matches stretch(long first, int count) {
    return new Stretch(first, count);
  }

  @Override
  public void close() {
    stream.close();
  }

  private final class Stretch implements Matches {
    private final long first;
    private final int count;

    Stretch(long first, int count) {
      this.first = first;
      this.count = count;
    }

    @Override
    public int size() {
      return count;
    }

    @Override
    public MatchCursor open() {
      return new Cursor(first, count);
    }
  }

  private final class Cursor implements MatchCursor {
    private final SpillReader reader;
    private final int[] positions = new int[BLOCK_RECORDS];
    private final long[] sourceRows = new long[BLOCK_RECORDS];
    private int skipped;
    private int left;
    private int count;

    Cursor(long first, int matches) {
      reader = stream.open((int) (first / BLOCK_RECORDS));
      skipped = (int) (first % BLOCK_RECORDS);
      left = matches;
    }

    @Override
    public boolean next() {
      if (left == 0 || !reader.next()) {
        count = 0;
        return false;
      }
      int there = reader.bytes() / RECORD_BYTES - skipped;
      count = Math.min(left, there);
      long at = reader.address() + (long) skipped * RECORD_BYTES;
      for (int match = 0; match < count; match++) {
        positions[match] = MemoryUtil.getInt(at);
        sourceRows[match] = MemoryUtil.getLong(at + Integer.BYTES);
        at += RECORD_BYTES;
      }
      skipped = 0;
      left -= count;
      return true;
    }

    @Override
    public int count() {
      return count;
    }

    @Override
    public int[] positions() {
      return positions;
    }

    @Override
    public long[] sourceRows() {
      return sourceRows;
    }

    @Override
    public void close() {
      reader.close();
    }
  }

  /** Writes matches one after the other. Closing without finishing drops them. Not thread-safe. */
  static final class Writer implements AutoCloseable {
    private final SpillWriter writer;
    private long count;

    Writer(SpillStore store) {
      this.writer = store.createForRecords(RECORD_BYTES, BLOCK_RECORDS);
    }

    /** Appends a match; {@code position} and {@code sourceRow} are as {@link MatchCursor} says. */
    void add(int position, long sourceRow) {
      long at = writer.append(RECORD_BYTES);
      MemoryUtil.putInt(at, position);
      MemoryUtil.putLong(at + Integer.BYTES, sourceRow);
      count++;
    }

    /** Returns how many matches were written. */
    long count() {
      return count;
    }

    /** Returns what was written, which the caller closes. */
    SpilledMatches finish() {
      return new SpilledMatches(writer.finish());
    }

    @Override
    public void close() {
      writer.close();
    }
  }
}
