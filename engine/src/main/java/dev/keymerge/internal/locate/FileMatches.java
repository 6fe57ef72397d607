package dev.keymerge.internal.locate;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.ArrayMatches;
import dev.keymerge.internal.plan.MatchCursor;
import dev.keymerge.internal.plan.RowGroupPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects the matches of one file in the order of its rows: in memory, or on disk once the memory
 * for matches is used up.
 *
 * <p>Filled by a {@link FileLocator}, then finished, then read through {@link #rowGroups}. Owns
 * what it holds until closed. Not thread-safe; what {@link #rowGroups} returns is.
 */
public final class FileMatches implements AutoCloseable {
  private static final int FIRST_CAPACITY = 1024;
  private static final int ENTRY_BYTES = Integer.BYTES + Long.BYTES;

  private final MatchStore store;
  private final MemoryReservation memory;
  private final MatchStore.SpillObserver observer;
  private final long diskBytes;
  private final List<RowGroupPlan> plans = new ArrayList<>();
  private final List<Part> parts = new ArrayList<>();
  private SpilledMatches.@Nullable Writer writer;
  private @Nullable SpilledMatches spilled;
  private int[] positions = new int[0];
  private long[] sourceRows = new long[0];
  private int size;
  private long chargedBytes;

  FileMatches(
      MatchStore store, MemoryReservation memory, long rows, MatchStore.SpillObserver observer) {
    this.store = store;
    this.memory = memory;
    this.observer = observer;
    this.diskBytes = rows * SpilledMatches.RECORD_BYTES;
  }

  /**
   * Stands for a row group whose matches are on disk.
   *
   * @param rowGroup which row group
   * @param rows how many rows it has
   * @param first how many matches of the file stand before its own
   * @param count how many matches it has
   */
  private record Part(int rowGroup, long rows, long first, int count) {}

  /** Adds a match of the current row group; rows come in ascending order. */
  void add(int position, long sourceRow) {
    int at = size;
    if (at >= positions.length && !makeRoom()) {
      addToDisk(position, sourceRow);
      return;
    }
    positions[at] = position;
    sourceRows[at] = sourceRow;
    size = at + 1;
  }

  /** Returns whether there is room for another match in memory; otherwise all are on disk. */
  private boolean makeRoom() {
    if (writer != null) {
      return false;
    }
    if (tryResize(Math.max(FIRST_CAPACITY, Math.addExact(size, size >> 1)))) {
      return true;
    }
    spill();
    return false;
  }

  private void addToDisk(int position, long sourceRow) {
    SpilledMatches.Writer toDisk = writer;
    if (toDisk == null) {
      throw new IllegalStateException("Matches are in memory");
    }
    toDisk.add(position, sourceRow);
    observer.match(sourceRow);
    size++;
  }

  /** Ends a row group, which need not have matches, and starts the next one. */
  void endRowGroup(int rowGroup, long rows) {
    if (size == 0) {
      return;
    }
    if (writer == null && size < positions.length && !tryResize(size)) {
      spill();
    }
    SpilledMatches.Writer toDisk = writer;
    if (toDisk == null) {
      plans.add(new RowGroupPlan(rowGroup, rows, new ArrayMatches(positions, sourceRows)));
      positions = new int[0];
      sourceRows = new long[0];
    } else {
      parts.add(new Part(rowGroup, rows, toDisk.count() - size, size));
      observer.startRowGroup();
    }
    size = 0;
  }

  /** Ends the file: its row groups can be read from now on. */
  void finish() {
    SpilledMatches.Writer toDisk = writer;
    if (toDisk == null) {
      return;
    }
    show(toDisk.finish());
    writer = null;
    parts.clear();
  }

  private void show(SpilledMatches written) {
    spilled = written;
    plans.clear();
    for (Part part : parts) {
      plans.add(
          new RowGroupPlan(
              part.rowGroup(), part.rows(), written.stretch(part.first(), part.count())));
    }
  }

  /** Returns the row groups with matches; valid until this is closed or moved. */
  public List<RowGroupPlan> rowGroups() {
    return List.copyOf(plans);
  }

  /**
   * Moves matches that are in memory to disk, once the file is finished and while nobody reads
   * them; {@link #rowGroups} has to be asked again.
   */
  public void moveToDisk() {
    if (plans.isEmpty() || spilled != null) {
      return;
    }
    try (SpilledMatches.Writer toDisk = store.writer()) {
      copyTo(toDisk);
      show(toDisk.finish());
    } finally {
      parts.clear();
    }
    giveBack();
  }

  private boolean tryResize(int capacity) {
    long bytes = (long) capacity * ENTRY_BYTES;
    if (!store.tryGrow(memory, bytes, diskBytes)) {
      return false;
    }
    long before = (long) positions.length * ENTRY_BYTES;
    positions = Arrays.copyOf(positions, capacity);
    sourceRows = Arrays.copyOf(sourceRows, capacity);
    store.shrink(memory, before);
    chargedBytes += bytes - before;
    return true;
  }

  private void spill() {
    SpilledMatches.Writer toDisk = store.writer();
    try {
      copyTo(toDisk);
      writer = toDisk;
    } finally {
      if (writer == null) {
        parts.clear();
        toDisk.close();
      }
    }
    plans.clear();
    giveBack();
  }

  private void copyTo(SpilledMatches.Writer toDisk) {
    for (RowGroupPlan plan : plans) {
      copy(plan, toDisk);
    }
    for (int match = 0; match < size; match++) {
      toDisk.add(positions[match], sourceRows[match]);
      observer.match(sourceRows[match]);
    }
  }

  private void copy(RowGroupPlan plan, SpilledMatches.Writer toDisk) {
    int count = plan.matches().size();
    parts.add(new Part(plan.rowGroup(), plan.rows(), toDisk.count(), count));
    try (MatchCursor matches = plan.matches().open()) {
      while (matches.next()) {
        for (int match = 0; match < matches.count(); match++) {
          toDisk.add(matches.positions()[match], matches.sourceRows()[match]);
          observer.match(matches.sourceRows()[match]);
        }
      }
    } catch (IOException impossible) {
      throw new IllegalStateException("Reading memory failed", impossible);
    }
    observer.startRowGroup();
  }

  @Override
  public void close() {
    plans.clear();
    SpilledMatches.Writer unfinished = writer;
    SpilledMatches finished = spilled;
    writer = null;
    spilled = null;
    if (unfinished != null) {
      unfinished.close();
    }
    if (finished != null) {
      finished.close();
    }
    giveBack();
  }

  private void giveBack() {
    positions = new int[0];
    sourceRows = new long[0];
    store.shrink(memory, chargedBytes);
    chargedBytes = 0;
  }
}
