package dev.keymerge.internal.index;

import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.spill.SpillStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Reads sorted runs as one: by key, and rows of one key by ordinal.
 *
 * <p>Holds one block per run. Not thread-safe; closed before the runs.
 */
final class MergedRows implements AutoCloseable {
  private final RowFormat format;
  private final List<SpilledRows> runs = new ArrayList<>();
  private final int[] rows;
  // The runs that have a row, the least row first, as a binary heap.
  private final int[] heap;
  private int size;
  private boolean begun;

  private MergedRows(RowFormat format, int count) {
    this.format = format;
    this.rows = new int[count];
    this.heap = new int[count];
  }

  /** Opens runs; the caller closes what is returned. */
  static MergedRows open(
      RowFormat format, KeyHash hash, List<SpillStream> runs, MemoryBudget budget) {
    MergedRows merged = new MergedRows(format, runs.size());
    try {
      for (SpillStream run : runs) {
        merged.runs.add(new SpilledRows(format, hash, run, budget));
      }
      return merged;
    } catch (RuntimeException | Error failure) {
      merged.close();
      throw failure;
    }
  }

  /** Goes to the next row and returns true, or returns false at the end. */
  boolean next() {
    if (!begun) {
      begun = true;
      for (int run = 0; run < runs.size(); run++) {
        if (runs.get(run).next()) {
          heap[size++] = run;
        }
      }
      for (int at = size / 2 - 1; at >= 0; at--) {
        sink(at);
      }
      return size > 0;
    }
    if (size == 0) {
      return false;
    }
    int run = heap[0];
    if (++rows[run] == runs.get(run).rows()) {
      rows[run] = 0;
      if (!runs.get(run).next()) {
        heap[0] = heap[--size];
      }
    }
    sink(0);
    return size > 0;
  }

  private void sink(int from) {
    int at = from;
    while (2 * at + 1 < size) {
      int child = 2 * at + 1;
      if (child + 1 < size && compare(heap[child + 1], heap[child]) < 0) {
        child++;
      }
      if (compare(heap[at], heap[child]) <= 0) {
        return;
      }
      int moved = heap[at];
      heap[at] = heap[child];
      heap[child] = moved;
      at = child;
    }
  }

  private int compare(int left, int right) {
    return compare(format, runs.get(left).record(rows[left]), runs.get(right).record(rows[right]));
  }

  /** Compares two rows by key, then by ordinal. */
  static int compare(RowFormat format, long left, long right) {
    int keys = format.compareKeys(left, right);
    return keys != 0
        ? keys
        : Long.compare(
            RowState.ordinal(MemoryUtil.getLong(left)),
            RowState.ordinal(MemoryUtil.getLong(right)));
  }

  /** Returns the loaded rows of which {@link #row} is the current one. */
  SpilledRows rows() {
    return runs.get(heap[0]);
  }

  /** Returns which of {@link #rows} is the current one. */
  int row() {
    return rows[heap[0]];
  }

  /** Returns where in memory the current row lies as it was written. */
  long record() {
    return rows().record(row());
  }

  @Override
  public void close() {
    runs.forEach(SpilledRows::close);
    runs.clear();
  }
}
