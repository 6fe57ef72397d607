package dev.keymerge.internal.index;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * Sorts spilled rows by key and ordinal: parts of them in memory, written as sorted runs, then runs
 * merged until few are left.
 *
 * <p>Not thread-safe.
 */
final class RowSorter {
  private static final int MOST_RUNS = 16;
  private static final int MOST_RUN_BYTES = 8 << 20;
  private static final int LEAST_RUN_BYTES = 16 << 10;
  private static final int PART_FOR_RUN = 3;
  private static final int LEAST_RECORD_BYTES = 12;
  private static final int INSERTION_SORTED = 8;

  private final KeyIndex.Parts parts;
  private final IndexSpilling spilling;
  private final Runnable cancel;
  private final int blockBytes;

  RowSorter(KeyIndex.Parts parts, IndexSpilling spilling, Runnable cancel) {
    this.parts = parts;
    this.spilling = spilling;
    this.cancel = cancel;
    this.blockBytes = spilling.blockBytes(2 * MOST_RUNS);
  }

  /**
   * Returns the rows of {@code inputs}, which stay the caller's, as a few sorted runs, which the
   * caller closes.
   */
  List<SpillStream> sort(RowFormat format, List<SpillStream> inputs) {
    List<SpillStream> runs = new ArrayList<>();
    try {
      try (Run run = new Run(format)) {
        for (SpillStream input : inputs) {
          try (SpilledRows rows =
              new SpilledRows(format, parts.config().hash(), input, parts.budget())) {
            while (rows.next()) {
              cancel.run();
              for (int row = 0; row < rows.rows(); row++) {
                if (!run.add(rows, row)) {
                  runs.add(run.write());
                  run.addAlone(rows, row);
                }
              }
            }
          }
        }
        runs.add(run.write());
      }
      while (runs.size() > MOST_RUNS) {
        List<SpillStream> merged = new ArrayList<>(runs.subList(0, MOST_RUNS));
        runs.add(merge(format, merged));
        runs.subList(0, MOST_RUNS).clear();
        merged.forEach(SpillStream::close);
      }
      return runs;
    } catch (RuntimeException | Error failure) {
      runs.forEach(SpillStream::close);
      throw failure;
    }
  }

  private SpillStream merge(RowFormat format, List<SpillStream> runs) {
    try (MergedRows merged = MergedRows.open(format, parts.config().hash(), runs, parts.budget());
        SpillWriter out = spilling.store().create(blockBytes)) {
      long count = 0;
      while (merged.next()) {
        int bytes = merged.rows().recordBytes(merged.row());
        MemoryUtil.copyMemory(merged.record(), out.append(bytes), bytes);
        if ((++count & 0xFFF) == 0) {
          cancel.run();
        }
      }
      return out.finish();
    }
  }

  /** Holds the rows of a run until they are sorted and written; used again for the next. */
  private final class Run implements AutoCloseable {
    private final RowFormat format;
    private final MemoryReservation memory = parts.budget().open("sorting of spilled keys");
    private @Nullable ArrowBuf buffer;
    private long address;
    private long capacity;
    private int[] records = new int[0];
    private int[] scratch = new int[0];
    private int position;
    private int count;

    Run(RowFormat format) {
      this.format = format;
      try {
        int wanted =
            (int)
                Math.max(
                    LEAST_RUN_BYTES,
                    Math.min(MOST_RUN_BYTES, spilling.memoryBytes() / PART_FOR_RUN));
        int most = wanted / LEAST_RECORD_BYTES;
        memory.grow(2L * most * Integer.BYTES);
        records = new int[most];
        scratch = new int[most];
        allocate(wanted);
      } catch (RuntimeException | Error failure) {
        close();
        throw failure;
      }
    }

    private void allocate(int bytes) {
      ArrowBuf fresh = parts.allocator().buffer(bytes);
      buffer = fresh;
      address = fresh.memoryAddress();
      capacity = bytes;
    }

    private void release() {
      ArrowBuf held = buffer;
      if (held != null) {
        buffer = null;
        held.close();
      }
    }

    /** Adds a row and returns true, or returns false if the run is full. */
    boolean add(SpilledRows rows, int row) {
      int bytes = rows.recordBytes(row);
      if (bytes > capacity - position || count == records.length) {
        return false;
      }
      MemoryUtil.copyMemory(rows.record(row), address + position, bytes);
      records[count++] = position;
      position += bytes;
      return true;
    }

    /** Adds the first row of a run, however long it is. */
    void addAlone(SpilledRows rows, int row) {
      int bytes = rows.recordBytes(row);
      if (bytes > capacity) {
        release();
        allocate(bytes);
      }
      add(rows, row);
    }

    /** Sorts and writes the run, and starts afresh. */
    SpillStream write() {
      System.arraycopy(records, 0, scratch, 0, count);
      sort(scratch, records, 0, count);
      try (SpillWriter out = spilling.store().create(blockBytes)) {
        for (int index = 0; index < count; index++) {
          long record = address + records[index];
          int keyBytes = Long.BYTES + format.keyBytes(record);
          int bytes = keyBytes + format.orderBytes(record + keyBytes);
          MemoryUtil.copyMemory(record, out.append(bytes), bytes);
        }
        count = 0;
        position = 0;
        return out.finish();
      }
    }

    /** Sorts what both arrays hold from {@code low} to {@code high} into {@code into}. */
    private void sort(int[] from, int[] into, int low, int high) {
      if (high - low <= INSERTION_SORTED) {
        insertionSort(into, low, high);
        return;
      }
      int middle = low + high >>> 1;
      sort(into, from, low, middle);
      sort(into, from, middle, high);
      int left = low;
      int right = middle;
      for (int at = low; at < high; at++) {
        boolean takeLeft = right == high || left < middle && compare(from[left], from[right]) <= 0;
        into[at] = takeLeft ? from[left++] : from[right++];
      }
    }

    private void insertionSort(int[] array, int low, int high) {
      for (int at = low + 1; at < high; at++) {
        int moved = array[at];
        int to = at;
        while (to > low && compare(array[to - 1], moved) > 0) {
          array[to] = array[to - 1];
          to--;
        }
        array[to] = moved;
      }
    }

    private int compare(int left, int right) {
      return MergedRows.compare(format, address + left, address + right);
    }

    @Override
    public void close() {
      release();
      memory.close();
    }
  }
}
