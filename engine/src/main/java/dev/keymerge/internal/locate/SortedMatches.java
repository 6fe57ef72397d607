package dev.keymerge.internal.locate;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.MatchCursor;
import dev.keymerge.internal.plan.Matches;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import dev.keymerge.internal.target.TargetFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Keeps the matches of all target files on disk in the order of the target, and knows for each row
 * group where its own begin.
 *
 * <p>Thread-safe; closed after the plans that were made of it.
 */
public final class SortedMatches implements AutoCloseable {
  private static final int RECORD_BYTES = Integer.BYTES + Long.BYTES;
  private static final int BLOCK_RECORDS = 4096;
  private static final int ENTRY_BYTES = Integer.BYTES + Long.BYTES;

  private final TargetRows rows;
  private final SpillStream stream;
  private final MemoryReservation memory;
  // Row groups with matches, counted over all files, and which match is the first of each; the
  // last entry of the latter is the number of all matches.
  private final int[] rowGroups;
  private final long[] firsts;

  private SortedMatches(
      TargetRows rows,
      SpillStream stream,
      MemoryReservation memory,
      int[] rowGroups,
      long[] firsts) {
    this.rows = rows;
    this.stream = stream;
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
              rowGroup, file.rowGroups().get(rowGroup).rows(), new Stretch(firsts[at], count)));
    }
    return new FilePlan(file.status(), plans);
  }

  @Override
  public void close() {
    stream.close();
    memory.close();
  }

  /** The matches of one row group: some of all, one after the other. */
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

  /** Writes matches that come in order. Closing without finishing drops them. */
  static final class Builder implements AutoCloseable {
    private static final int FIRST_CAPACITY = 64;

    private final TargetRows rows;
    private final SpillWriter writer;
    private final MemoryReservation memory;
    private int[] rowGroups = new int[0];
    private long[] firsts = new long[0];
    private int used;
    private long count;
    private int rowGroup = -1;
    private long rowGroupFirst;
    private long rowGroupEnd;
    private boolean finished;

    Builder(TargetRows rows, SpillStore store, MemoryBudget budget) {
      this.rows = rows;
      this.memory = budget.open("row groups with matches");
      this.writer = store.createForRecords(RECORD_BYTES, BLOCK_RECORDS);
    }

    void add(long position, long sourceRow) {
      if (position >= rowGroupEnd) {
        startRowGroup(position);
      }
      long at = writer.append(RECORD_BYTES);
      MemoryUtil.putInt(at, (int) (position - rowGroupFirst));
      MemoryUtil.putLong(at + Integer.BYTES, sourceRow);
      count++;
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
      firsts[used++] = count;
    }

    SortedMatches finish() {
      SpillStream stream = writer.finish();
      finished = true;
      long[] bounds = Arrays.copyOf(firsts, used + 1);
      bounds[used] = count;
      return new SortedMatches(rows, stream, memory, Arrays.copyOf(rowGroups, used), bounds);
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
