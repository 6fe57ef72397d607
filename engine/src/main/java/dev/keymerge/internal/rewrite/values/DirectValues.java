package dev.keymerge.internal.rewrite.values;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.SourceTable;
import java.io.IOException;
import java.util.Arrays;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Fetches source values from where the source has them.
 *
 * <p>A piece is as large as a share of the budget allows: within it the rows are fetched in source
 * order, so that each page of the source is decoded once per piece. When the budget refuses a
 * piece, a smaller one is tried, down to a single row.
 *
 * <p>Suits sources whose order is near the target's. Not thread-safe. Owns its vector; the lookup
 * is owned too and closed with it.
 */
public final class DirectValues implements SourceValues {
  /** Entries of a piece that fit beside a source row in one packed long. */
  private static final int PIECE_BITS = 16;

  private static final int MAX_PIECE = 1 << PIECE_BITS;
  private static final long MAX_ORDINAL = Long.MAX_VALUE >> PIECE_BITS;
  private static final int ENTRY_BYTES = Long.BYTES + Integer.BYTES;

  private final SourceTable.SourceLookup lookup;
  private final MemoryReservation memory;
  private final FieldVector vector;
  private int pieceRows;
  private int from;
  private long[] sorted = new long[0];
  private int[] slots = new int[0];

  /**
   * Creates the values of one column.
   *
   * @param lookup where they come from; owned
   * @param field the column's aligned type
   * @param allocator where the vector comes from
   * @param memory charged with what is held beside the vector; owned
   * @param pieceRows how many values a piece should hold at most
   */
  public DirectValues(
      SourceTable.SourceLookup lookup,
      Field field,
      BufferAllocator allocator,
      MemoryReservation memory,
      int pieceRows) {
    this.lookup = lookup;
    this.memory = memory;
    this.vector = field.createVector(allocator);
    this.pieceRows = Math.max(1, Math.min(MAX_PIECE, pieceRows));
  }

  @Override
  public int load(MatchBlock block, int first) throws IOException {
    while (true) {
      int end = Math.min(block.size(), first + pieceRows);
      try {
        fetch(block.ordinals(), first, end);
        return end;
      } catch (MergeException.LimitExceeded refused) {
        vector.clear();
        if (end - first <= 1) {
          throw refused;
        }
        pieceRows = (end - first) / 2;
      }
    }
  }

  @Override
  public FieldVector vector() {
    return vector;
  }

  @Override
  public int slot(int entry) {
    return slots[entry - from];
  }

  private void fetch(long[] ordinals, int first, int end) throws IOException {
    reserve(end - first);
    from = first;
    int count = 0;
    boolean ascending = true;
    for (int entry = first; entry < end; entry++) {
      long ordinal = ordinals[entry];
      if (ordinal > MAX_ORDINAL) {
        throw new MergeException.BadData(
            "The source has more than " + MAX_ORDINAL + " rows.", "Split the source.");
      }
      if (ordinal >= 0) {
        ascending &= count == 0 || (sorted[count - 1] >> PIECE_BITS) <= ordinal;
        sorted[count++] = ordinal << PIECE_BITS | (entry - first);
      }
    }
    if (!ascending) {
      Arrays.sort(sorted, 0, count);
    }
    for (int slot = 0; slot < count; slot++) {
      slots[(int) (sorted[slot] & (MAX_PIECE - 1))] = slot;
      sorted[slot] >>= PIECE_BITS;
    }
    lookup.fetch(sorted, 0, count, vector);
  }

  private void reserve(int entries) {
    if (entries > sorted.length) {
      memory.grow((long) (entries - sorted.length) * ENTRY_BYTES);
      sorted = new long[entries];
      slots = new int[entries];
    }
  }

  @Override
  public void close() {
    try {
      vector.close();
    } finally {
      try {
        lookup.close();
      } finally {
        memory.close();
      }
    }
  }
}
