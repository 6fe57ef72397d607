package dev.keymerge.internal.locate;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.ArrayMatches;
import dev.keymerge.internal.plan.RowGroupPlan;
import java.util.Arrays;

/**
 * Collects the matches of one row group in row order.
 *
 * <p>What it allocates is charged to the reservation of the file that is worked on and stays
 * charged with the plan that comes out of it. Not thread-safe.
 */
final class MatchList {
  private static final int FIRST_CAPACITY = 1024;
  private static final int ENTRY_BYTES = Integer.BYTES + Long.BYTES;

  private final MemoryReservation memory;
  private int[] positions = new int[0];
  private long[] sourceRows = new long[0];
  private int size;

  MatchList(MemoryReservation memory) {
    this.memory = memory;
  }

  void add(int position, long sourceRow) {
    if (size == positions.length) {
      resize(Math.max(FIRST_CAPACITY, Math.addExact(size, size >> 1)));
    }
    positions[size] = position;
    sourceRows[size] = sourceRow;
    size++;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Hands the matches over as a plan and starts afresh. */
  RowGroupPlan take(int rowGroup, long rows) {
    if (size < positions.length) {
      resize(size);
    }
    RowGroupPlan plan = new RowGroupPlan(rowGroup, rows, new ArrayMatches(positions, sourceRows));
    positions = new int[0];
    sourceRows = new long[0];
    size = 0;
    return plan;
  }

  private void resize(int capacity) {
    memory.grow((long) capacity * ENTRY_BYTES);
    int before = positions.length;
    positions = Arrays.copyOf(positions, capacity);
    sourceRows = Arrays.copyOf(sourceRows, capacity);
    memory.shrink((long) before * ENTRY_BYTES);
  }
}
