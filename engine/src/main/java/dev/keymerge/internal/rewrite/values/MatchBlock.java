package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.MatchCursor;
import dev.keymerge.internal.plan.RowGroupPlan;
import java.io.IOException;
import java.util.BitSet;

/**
 * Passes over those matches of a row group that a selection wants, one block after the other.
 *
 * <p>Holds one block, charged to a reservation of its own. Owns its cursor. Not thread-safe.
 */
public final class MatchBlock implements AutoCloseable {
  /** The most matches of a block. */
  public static final int MOST_ROWS = 1 << 16;

  private static final int ENTRY_BYTES = 2 * Integer.BYTES + Long.BYTES;

  private final MatchCursor cursor;
  private final Selection selection;
  private final BitSet bits;
  private final MemoryReservation memory;
  private final int[] indexes;
  private final int[] positions;
  private final long[] ordinals;
  private int size;

  /** The place in the cursor's chunk, and the number of the match that stands there. */
  private int next;

  private int count;
  private int index;

  /** Says which matches are wanted; the bits are numbered like the matches. */
  public enum Selection {
    /** Those that a source row asks for, deletions among them, whatever the bits say. */
    WITH_SOURCE,
    /** Those that update and whose bit is not set. */
    UPDATES_LEFT,
    /** Those whose bit is set. */
    CHOSEN
  }

  private MatchBlock(
      MatchCursor cursor,
      Selection selection,
      BitSet bits,
      MemoryReservation memory,
      int capacity) {
    this.cursor = cursor;
    this.selection = selection;
    this.bits = bits;
    this.memory = memory;
    this.indexes = new int[capacity];
    this.positions = new int[capacity];
    this.ordinals = new long[capacity];
  }

  /**
   * Starts before the first block; the caller closes it.
   *
   * @param plan whose matches
   * @param selection which of them
   * @param bits one per match; borrowed and not changed meanwhile
   * @param memory charged with the block; owned, and closed if this fails
   */
  public static MatchBlock open(
      RowGroupPlan plan, Selection selection, BitSet bits, MemoryReservation memory)
      throws IOException {
    try {
      int capacity = Math.min(MOST_ROWS, plan.matches().size());
      memory.grow((long) capacity * ENTRY_BYTES);
      return new MatchBlock(plan.matches().open(), selection, bits, memory, capacity);
    } catch (IOException | RuntimeException e) {
      memory.close();
      throw e;
    }
  }

  /** Loads the next block, which is not empty, and returns true; or returns false at the end. */
  public boolean next() throws IOException {
    size = 0;
    while (size < indexes.length && (next < count || nextChunk())) {
      take();
    }
    return size > 0;
  }

  private boolean nextChunk() throws IOException {
    count = 0;
    next = 0;
    if (!cursor.next()) {
      return false;
    }
    count = cursor.count();
    return true;
  }

  private void take() {
    int[] chunkPositions = cursor.positions();
    long[] sourceRows = cursor.sourceRows();
    int filled = size;
    while (next < count && filled < indexes.length) {
      long sourceRow = sourceRows[next];
      if (wants(sourceRow)) {
        indexes[filled] = index;
        positions[filled] = chunkPositions[next];
        ordinals[filled++] =
            selection == Selection.WITH_SOURCE ? RowGroupPlan.ordinal(sourceRow) : sourceRow;
      }
      next++;
      index++;
    }
    size = filled;
  }

  private boolean wants(long sourceRow) {
    return switch (selection) {
      case WITH_SOURCE -> RowGroupPlan.ordinal(sourceRow) >= 0;
      case UPDATES_LEFT -> !RowGroupPlan.deletes(sourceRow) && !bits.get(index);
      case CHOSEN -> bits.get(index);
    };
  }

  /** Returns how many matches the block has. */
  public int size() {
    return size;
  }

  /** Returns the number of each match among all those of the row group; owned by the block. */
  public int[] indexes() {
    return indexes;
  }

  /** Returns the row of each match in the row group; owned by the block. */
  public int[] positions() {
    return positions;
  }

  /**
   * Returns the source row of each match, negative if it has none or deletes; owned by the block.
   */
  public long[] ordinals() {
    return ordinals;
  }

  @Override
  public void close() {
    try {
      cursor.close();
    } finally {
      memory.close();
    }
  }
}
