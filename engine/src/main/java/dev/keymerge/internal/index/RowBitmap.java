package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.spill.SpillStore;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one bit per source row, in segments that are charged to the budget as rows come. Where they
 * become too many, the first ones go to disk.
 *
 * <p>Setting and clearing are for one thread; {@link #clearShared} is for many at once. Counting
 * and listing need those to be over. The owner closes the bitmap, and the reservation that pays.
 */
final class RowBitmap implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(RowBitmap.class);
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int SEGMENT_BITS = 16;
  private static final int SEGMENT_WORDS = 1 << SEGMENT_BITS - 6;
  private static final int SEGMENT_MASK = (1 << SEGMENT_BITS) - 1;
  private static final long SEGMENT_BYTES = (long) SEGMENT_WORDS * Long.BYTES;
  private static final long[] ON_DISK = new long[0];

  private final MemoryReservation reservation;
  private final Room room;
  private final @Nullable SpilledBits spilled;
  private long[][] segments = new long[8][];
  private int segmentCount;
  private int spilledSegments;

  /**
   * Tells how much of a bitmap may be in memory.
   *
   * @param store where the rest goes; borrowed; or null if there is no such place
   * @param mostBytes what the reservation, of which several bitmaps may be paid, should not exceed
   * @param rangeSegments how many segments of 65,536 rows go to disk at once
   */
  record Room(@Nullable SpillStore store, long mostBytes, int rangeSegments) {}

  RowBitmap(MemoryReservation reservation, Room room) {
    this.reservation = reservation;
    this.room = room;
    this.spilled =
        room.store() == null
            ? null
            : new SpilledBits(room.store(), room.rangeSegments() * SEGMENT_WORDS);
  }

  /**
   * Makes room for rows 0 to {@code rows}.
   *
   * @throws MergeException.LimitExceeded if neither memory nor disk has room; what is there stays
   */
  void ensureRows(long rows) {
    while ((long) segmentCount << SEGMENT_BITS < rows) {
      growBySegment();
      if (segmentCount == segments.length) {
        segments = Arrays.copyOf(segments, 2 * segmentCount);
      }
      segments[segmentCount++] = new long[SEGMENT_WORDS];
    }
  }

  private void growBySegment() {
    if (reservation.bytes() + SEGMENT_BYTES > room.mostBytes()) {
      spillRangeIfPossible();
    }
    while (!reservation.tryGrow(SEGMENT_BYTES)) {
      if (!spillRange()) {
        reservation.grow(SEGMENT_BYTES);
        return;
      }
    }
  }

  /** Keeps to the measure for bits, if the disk takes what is beyond; there may be memory left. */
  private void spillRangeIfPossible() {
    try {
      spillRange();
    } catch (MergeException.LimitExceeded refused) {
      LOGGER.debug("More bits of rows than planned stay in memory", refused);
    }
  }

  /** Sends the first segments in memory to disk, and returns whether there were enough of them. */
  private boolean spillRange() {
    SpilledBits to = spilled;
    int range = room.rangeSegments();
    // Rows come in order, so the last segment may still have to take some.
    if (to == null || segmentCount - spilledSegments <= range) {
      return false;
    }
    to.add(segments, spilledSegments);
    Arrays.fill(segments, spilledSegments, spilledSegments + range, ON_DISK);
    if (spilledSegments > 0) {
      // What the first range leaves is what ranges are read back into.
      reservation.shrink(range * SEGMENT_BYTES);
    }
    spilledSegments += range;
    return true;
  }

  /**
   * Makes sure that setting or clearing the bits of two rows next cannot fail.
   *
   * @throws MergeException.LimitExceeded if neither memory nor disk has room; nothing has changed
   */
  void reserve(long row, long other) {
    if (spilledSegments == 0) {
      return;
    }
    boolean rowOnDisk = segment(row) == ON_DISK;
    boolean otherOnDisk = segment(other) == ON_DISK;
    if (rowOnDisk || otherOnDisk) {
      onDisk().reserve(rowOnDisk ? row : other, otherOnDisk ? other : row);
    }
  }

  void set(long row) {
    long[] segment = segment(row);
    if (segment == ON_DISK) {
      change(row, true);
    } else {
      segment[word(row)] |= 1L << row;
    }
  }

  void clear(long row) {
    long[] segment = segment(row);
    if (segment == ON_DISK) {
      change(row, false);
    } else {
      segment[word(row)] &= ~(1L << row);
    }
  }

  /** Clears a bit while other threads may clear others. */
  void clearShared(long row) {
    long[] segment = segment(row);
    if (segment == ON_DISK) {
      change(row, false);
      return;
    }
    int word = word(row);
    long bit = 1L << row;
    // A plain look first: many target rows may hit one source row, and most find it cleared.
    if ((segment[word] & bit) != 0) {
      WORD.getAndBitwiseAnd(segment, word, ~bit);
    }
  }

  private void change(long row, boolean to) {
    onDisk().change(row, to);
  }

  private SpilledBits onDisk() {
    SpilledBits bits = spilled;
    if (bits == null) {
      throw new IllegalStateException("Nothing is on disk");
    }
    return bits;
  }

  /** Returns how many bits are set. */
  long count() {
    long count = spilled == null ? 0 : spilled.count();
    for (int index = spilledSegments; index < segmentCount; index++) {
      for (long word : segments[index]) {
        count += Long.bitCount(word);
      }
    }
    return count;
  }

  /** Lists the rows whose bit is set. */
  OrdinalCursor cursor() {
    return new Cursor();
  }

  private long[] segment(long row) {
    return segments[(int) (row >>> SEGMENT_BITS)];
  }

  private static int word(long row) {
    return (int) (row & SEGMENT_MASK) >>> 6;
  }

  private long wordAt(int segment, int word) {
    return segment < spilledSegments
        ? onDisk().word((long) segment * SEGMENT_WORDS + word)
        : segments[segment][word];
  }

  @Override
  public void close() {
    if (spilled != null) {
      spilled.close();
    }
  }

  private final class Cursor implements OrdinalCursor {
    private int segment;
    private int word = -1;
    private long left;

    @Override
    public int next(long[] into) {
      int count = 0;
      while (count < into.length && (left != 0 || advance())) {
        long base = ((long) segment << SEGMENT_BITS) + ((long) word << 6);
        into[count++] = base + Long.numberOfTrailingZeros(left);
        left &= left - 1;
      }
      return count;
    }

    private boolean advance() {
      while (segment < segmentCount) {
        if (++word == SEGMENT_WORDS) {
          word = 0;
          if (++segment == segmentCount) {
            return false;
          }
        }
        left = wordAt(segment, word);
        if (left != 0) {
          return true;
        }
      }
      return false;
    }
  }
}
