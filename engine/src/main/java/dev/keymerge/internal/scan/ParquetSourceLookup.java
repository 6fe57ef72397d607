package dev.keymerge.internal.scan;

import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.scan.convert.VectorConcatenation;
import java.io.IOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Fetches values of one column by row ordinal.
 *
 * <p>Stays in the row group of the last row fetched, so that fetching on from there reads on. After
 * a failure, memory refused included, the next fetch starts anew. Not thread-safe.
 */
final class ParquetSourceLookup implements SourceTable.SourceLookup {
  private static final int PIECE_ROWS = 8192;

  private final ParquetSourceTable table;
  private final AlignedColumn column;
  private final BufferAllocator allocator;
  private final int[] positions = new int[PIECE_ROWS];
  private OpenFiles.@Nullable Lease lease;
  private @Nullable ColumnCursor cursor;
  private int file = -1;
  private int rowGroup = -1;

  ParquetSourceLookup(ParquetSourceTable table, AlignedColumn column, BufferAllocator allocator) {
    this.table = table;
    this.column = column;
    this.allocator = allocator;
  }

  @Override
  public void fetch(long[] ordinals, int from, int count, FieldVector target) throws IOException {
    boolean done = false;
    try {
      fetchRuns(ordinals, from, count, target);
      done = true;
    } finally {
      if (!done) {
        leaveFile();
      }
    }
    if (!column.target().isNullable() && target.getNullCount() > 0) {
      throw missing(ordinals, from, target);
    }
  }

  private void fetchRuns(long[] ordinals, int from, int count, FieldVector target)
      throws IOException {
    int end = from + count;
    int next = from;
    int length = count == 0 ? 0 : enter(ordinals, from, end);
    if (length == count && count > 0) {
      requireCursor().readSelected(positions, length, target);
      return;
    }
    VectorConcatenation all = new VectorConcatenation(target, count);
    try (FieldVector piece = column.target().createVector(allocator)) {
      while (next < end) {
        requireCursor().readSelected(positions, length, piece);
        all.append(piece);
        next += length;
        length = next < end ? enter(ordinals, next, end) : 0;
      }
    }
    all.finish();
  }

  /**
   * Goes to the row group of {@code ordinals[from]}, lists rows wanted there, and returns how many.
   */
  private int enter(long[] ordinals, int from, int end) throws IOException {
    int nextFile = table.fileOf(ordinals[from]);
    SourceFile facts = table.files().get(nextFile);
    int nextGroup = facts.groupOf(ordinals[from] - facts.firstOrdinal());
    long start = facts.firstOrdinal() + facts.groupStart(nextGroup);
    long groupEnd = start + facts.groupRows(nextGroup);
    int length = 1;
    int most = Math.min(PIECE_ROWS, end - from);
    while (length < most && ordinals[from + length] < groupEnd) {
      length++;
    }
    for (int i = 0; i < length; i++) {
      positions[i] = (int) (ordinals[from + i] - start);
    }
    open(facts, nextFile, nextGroup);
    return length;
  }

  private void open(SourceFile facts, int nextFile, int nextGroup) throws IOException {
    ColumnCursor held = cursor;
    if (held != null
        && nextFile == file
        && nextGroup == rowGroup
        && positions[0] >= held.nextRow()) {
      return;
    }
    leaveGroup();
    if (nextFile != file) {
      leaveFile();
    }
    OpenFiles.Lease open = lease;
    if (open == null) {
      open = table.open(facts);
      lease = open;
      file = nextFile;
    }
    cursor = new ColumnCursor(open.file(), facts, nextGroup, column, allocator);
    rowGroup = nextGroup;
  }

  private ColumnCursor requireCursor() {
    if (cursor == null) {
      throw new IllegalStateException("No row group is open");
    }
    return cursor;
  }

  private RuntimeException missing(long[] ordinals, int from, FieldVector target) {
    int index = 0;
    while (!target.isNull(index)) {
      index++;
    }
    return Refusals.missing(column, "row " + (ordinals[from + index] + 1) + " of the source");
  }

  private void leaveGroup() {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
    rowGroup = -1;
  }

  private void leaveFile() {
    leaveGroup();
    if (lease != null) {
      lease.close();
      lease = null;
    }
    file = -1;
  }

  @Override
  public void close() {
    leaveFile();
  }
}
