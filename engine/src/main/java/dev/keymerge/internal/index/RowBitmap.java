package dev.keymerge.internal.index;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.OrdinalCursor;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Keeps one bit per source row, in segments that are charged to the budget as rows come.
 *
 * <p>Setting and clearing are for one thread; {@link #clearShared} is for many at once. Counting
 * and listing need those to be over. The owner closes the reservation that pays.
 */
final class RowBitmap {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int SEGMENT_BITS = 16;
  private static final int SEGMENT_WORDS = 1 << SEGMENT_BITS - 6;
  private static final int SEGMENT_MASK = (1 << SEGMENT_BITS) - 1;

  private final MemoryReservation reservation;
  private long[][] segments = new long[8][];
  private int segmentCount;

  RowBitmap(MemoryReservation reservation) {
    this.reservation = reservation;
  }

  /**
   * Makes room for rows 0 to {@code rows}.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget refuses; what is there stays
   */
  void ensureRows(long rows) {
    while ((long) segmentCount << SEGMENT_BITS < rows) {
      reservation.grow((long) SEGMENT_WORDS * Long.BYTES);
      if (segmentCount == segments.length) {
        segments = Arrays.copyOf(segments, 2 * segmentCount);
      }
      segments[segmentCount++] = new long[SEGMENT_WORDS];
    }
  }

  void set(long row) {
    segment(row)[word(row)] |= 1L << row;
  }

  void clear(long row) {
    segment(row)[word(row)] &= ~(1L << row);
  }

  /** Clears a bit while other threads may clear others. */
  void clearShared(long row) {
    long[] segment = segment(row);
    int word = word(row);
    long bit = 1L << row;
    // A plain look first: many target rows may hit one source row, and most find it cleared.
    if ((segment[word] & bit) != 0) {
      WORD.getAndBitwiseAnd(segment, word, ~bit);
    }
  }

  /** Returns how many bits are set. */
  long count() {
    long count = 0;
    for (int index = 0; index < segmentCount; index++) {
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

  private final class Cursor implements OrdinalCursor {
    private int segment;
    private int word;
    private long left = segmentCount > 0 ? segments[0][0] : 0;

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
        left = segments[segment][word];
        if (left != 0) {
          return true;
        }
      }
      return false;
    }
  }
}
