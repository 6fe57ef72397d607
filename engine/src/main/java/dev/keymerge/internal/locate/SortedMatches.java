package dev.keymerge.internal.locate;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.target.TargetFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keeps the matches of all target files on disk in the order of the target, and knows for each row
 * group where its own begin.
 *
 * <p>Thread-safe; closed after the plans that were made of it.
 */
public final class SortedMatches implements AutoCloseable {
  private static final int ENTRY_BYTES = Integer.BYTES + Long.BYTES;

  private final TargetRows rows;
  private final SpilledMatches spilled;
  private final MemoryReservation memory;
  // Row groups with matches, counted over all files, and which match is the first of each; the
  // last entry of the latter is the number of all matches.
  private final int[] rowGroups;
  private final long[] firsts;

  private SortedMatches(
      TargetRows rows,
      SpilledMatches spilled,
      MemoryReservation memory,
      int[] rowGroups,
      long[] firsts) {
    this.rows = rows;
    this.spilled = spilled;
    this.memory = memory;
    this.rowGroups = rowGroups;
    this.firsts = firsts;
  }

  /** Returns what happens to the rows of {@code file}, the one with that number in the snapshot. */
  public FilePlan plan(int number, TargetFile file) {
    List<RowGroupPlan> plans = new ArrayList<>();
    int found = Arrays.binarySearch(rowGroups, rows.firstRowGroup(number));
    int end = rows.firstRowGroup(number + 1);
    for (int at = found >= 0 ? found : -found - 1;
        at < rowGroups.length && rowGroups[at] < end;
        at++) {
      int rowGroup = rowGroups[at] - rows.firstRowGroup(number);
      int count = (int) (firsts[at + 1] - firsts[at]);
      plans.add(
          new RowGroupPlan(
              rowGroup, file.rowGroups().get(rowGroup).rows(), spilled.stretch(firsts[at], count)));
    }
    return new FilePlan(file.status(), plans);
  }

  @Override
  public void close() {
    spilled.close();
    memory.close();
  }

  /** Writes matches that come in order. Closing without finishing drops them. */
  static final class Builder implements AutoCloseable {
    private static final int FIRST_CAPACITY = 64;

    private final TargetRows rows;
    private final SpilledMatches.Writer writer;
    private final MemoryReservation memory;
    private int[] rowGroups = new int[0];
    private long[] firsts = new long[0];
    private int used;
    private int rowGroup = -1;
    private long rowGroupFirst;
    private long rowGroupEnd;
    private boolean finished;

    Builder(TargetRows rows, SpillStore store, MemoryBudget budget) {
      this.rows = rows;
      this.memory = budget.open("row groups with matches");
      this.writer = new SpilledMatches.Writer(store);
    }

    void add(long position, long sourceRow) {
      if (position >= rowGroupEnd) {
        startRowGroup(position);
      }
      writer.add((int) (position - rowGroupFirst), sourceRow);
    }

    private void startRowGroup(long position) {
      do {
        rowGroup++;
      } while (position >= rows.firstRowOf(rowGroup + 1));
      rowGroupFirst = rows.firstRowOf(rowGroup);
      rowGroupEnd = rows.firstRowOf(rowGroup + 1);
      if (used == rowGroups.length) {
        int capacity = Math.max(FIRST_CAPACITY, 2 * used);
        memory.grow((long) (capacity - used) * ENTRY_BYTES);
        rowGroups = Arrays.copyOf(rowGroups, capacity);
        firsts = Arrays.copyOf(firsts, capacity);
      }
      rowGroups[used] = rowGroup;
      firsts[used++] = writer.count();
    }

    SortedMatches finish() {
      SpilledMatches spilled = writer.finish();
      finished = true;
      long[] bounds = Arrays.copyOf(firsts, used + 1);
      bounds[used] = writer.count();
      return new SortedMatches(rows, spilled, memory, Arrays.copyOf(rowGroups, used), bounds);
    }

    @Override
    public void close() {
      writer.close();
      if (!finished) {
        memory.close();
      }
    }
  }
}
