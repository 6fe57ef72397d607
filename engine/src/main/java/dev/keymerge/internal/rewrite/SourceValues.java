package dev.keymerge.internal.rewrite;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.SourceTable;
import java.io.IOException;
import java.util.Arrays;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Fetches the source values of one column for a list of source rows in any order, a block of the
 * list at a time.
 *
 * <p>A block is as large as a share of the budget allows: within it the rows are fetched in source
 * order, so that each page of the source is decoded once per block. When the budget refuses a
 * block, a smaller one is tried, down to a single row.
 *
 * <p>Not thread-safe. Owns its vector; the lookup is owned too and closed with it.
 */
final class SourceValues implements AutoCloseable {
  /** Entries of a block that fit beside a source row in one packed long. */
  private static final int BLOCK_BITS = 20;

  private static final int MAX_BLOCK = 1 << BLOCK_BITS;
  private static final long MAX_ORDINAL = Long.MAX_VALUE >> BLOCK_BITS;
  private static final int ENTRY_BYTES = Long.BYTES + Integer.BYTES;

  private final SourceTable.SourceLookup lookup;
  private final MemoryReservation memory;
  private final FieldVector vector;
  private int blockRows;
  private int from;
  private int to;
  private long[] sorted = new long[0];
  private int[] slots = new int[0];

  /**
   * Creates the values of one column.
   *
   * @param lookup where they come from; owned
   * @param field the column's aligned type
   * @param allocator where the vector comes from
   * @param memory charged with what is held beside the vector; owned
   * @param blockRows how many values a block should hold at most
   */
  SourceValues(
      SourceTable.SourceLookup lookup,
      Field field,
      BufferAllocator allocator,
      MemoryReservation memory,
      int blockRows) {
    this.lookup = lookup;
    this.memory = memory;
    this.vector = field.createVector(allocator);
    this.blockRows = Math.max(1, Math.min(MAX_BLOCK, blockRows));
  }

  /**
   * Loads the values of entries {@code first} and following of {@code sourceRows}.
   *
   * @return the end of the block: the first entry that is not loaded; entries that are negative
   *     take a place but no value
   */
  int load(long[] sourceRows, int first) throws IOException {
    while (true) {
      int end = Math.min(sourceRows.length, first + blockRows);
      try {
        fetch(sourceRows, first, end);
        return end;
      } catch (MergeException.LimitExceeded refused) {
        vector.clear();
        if (end - first <= 1) {
          throw refused;
        }
        blockRows = (end - first) / 2;
      }
    }
  }

  /**
   * Returns the values of the loaded block, in no order that means anything: find an entry's value
   * by {@link #slot}.
   */
  FieldVector vector() {
    return vector;
  }

  /** Returns where in {@link #vector} the value of {@code entry} stands. */
  int slot(int entry) {
    return slots[entry - from];
  }

  /** Returns whether {@code entry} belongs to the loaded block. */
  boolean holds(int entry) {
    return entry >= from && entry < to;
  }

  private void fetch(long[] sourceRows, int first, int end) throws IOException {
    reserve(end - first);
    from = first;
    to = end;
    int count = 0;
    boolean ascending = true;
    for (int entry = first; entry < end; entry++) {
      long ordinal = sourceRows[entry];
      if (ordinal > MAX_ORDINAL) {
        throw new MergeException.BadData(
            "The source has more than " + MAX_ORDINAL + " rows.", "Split the source.");
      }
      if (ordinal >= 0) {
        ascending &= count == 0 || (sorted[count - 1] >> BLOCK_BITS) <= ordinal;
        sorted[count++] = ordinal << BLOCK_BITS | (entry - first);
      }
    }
    if (!ascending) {
      Arrays.sort(sorted, 0, count);
    }
    for (int slot = 0; slot < count; slot++) {
      slots[(int) (sorted[slot] & (MAX_BLOCK - 1))] = slot;
      sorted[slot] >>= BLOCK_BITS;
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
