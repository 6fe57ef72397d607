package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.BatchSizer;
import dev.keymerge.internal.plan.SourceScan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Reads columns of all files of a source, row group by row group.
 *
 * <p>A batch lies within one row group. When memory does not suffice for one, a smaller one is
 * tried, down to a single row. Owns its batch, its cursors and the lease of the file that it stands
 * in. Not thread-safe.
 */
final class ParquetSourceScan implements SourceScan {
  private final ParquetSourceTable table;
  private final List<AlignedColumn> columns;
  private final BufferAllocator allocator;
  private final VectorSchemaRoot batch;
  private final BatchSizer sizer;
  private final List<ColumnCursor> cursors = new ArrayList<>();
  private OpenFiles.@Nullable Lease lease;
  private int file;
  private int rowGroup;
  private long rowInGroup;
  private long firstOrdinal;

  ParquetSourceScan(
      ParquetSourceTable table, List<AlignedColumn> columns, BufferAllocator allocator) {
    this.table = table;
    this.columns = columns;
    this.allocator = allocator;
    this.sizer = new BatchSizer(table.batchBytes());
    Schema schema = new Schema(columns.stream().map(AlignedColumn::target).toList());
    this.batch = VectorSchemaRoot.create(schema, allocator);
  }

  @Override
  public boolean next() throws IOException {
    while (file < table.files().size()) {
      SourceFile facts = table.files().get(file);
      if (rowGroup >= facts.rowGroups()) {
        leaveFile();
        continue;
      }
      long left = facts.groupRows(rowGroup) - rowInGroup;
      if (left == 0) {
        closeCursors();
        rowGroup++;
        rowInGroup = 0;
        continue;
      }
      firstOrdinal = facts.firstOrdinal() + facts.groupStart(rowGroup) + rowInGroup;
      int rows = load(facts, left);
      rowInGroup += rows;
      batch.setRowCount(rows);
      return true;
    }
    return false;
  }

  /** Loads the next rows and returns how many. */
  private int load(SourceFile facts, long left) throws IOException {
    while (true) {
      int rows = (int) Math.min(left, sizer.rows());
      try {
        openCursors(facts);
        long bytes = read(rows);
        sizer.observe(rows, bytes);
        return rows;
      } catch (MergeException.LimitExceeded refused) {
        closeCursors();
        batch.clear();
        if (!sizer.shrink(rows)) {
          throw refused;
        }
      }
    }
  }

  private long read(int rows) {
    long bytes = 0;
    for (int i = 0; i < cursors.size(); i++) {
      FieldVector target = batch.getVector(i);
      ColumnCursor cursor = cursors.get(i);
      if (cursor.nextRow() == rowInGroup) {
        cursor.read(rows, target);
      } else {
        cursor.readFrom(rowInGroup, rows, target);
      }
      bytes += target.getBufferSize();
    }
    return bytes;
  }

  private void openCursors(SourceFile facts) throws IOException {
    OpenFiles.Lease held = lease;
    if (held == null) {
      held = table.open(facts);
      lease = held;
    }
    for (int i = cursors.size(); i < columns.size(); i++) {
      cursors.add(new ColumnCursor(held.file(), facts, rowGroup, columns.get(i), allocator));
    }
  }

  private void closeCursors() {
    while (!cursors.isEmpty()) {
      cursors.remove(cursors.size() - 1).close();
    }
  }

  @Override
  public void releaseCursors() {
    closeCursors();
    if (lease != null) {
      lease.close();
      lease = null;
    }
  }

  private void leaveFile() {
    releaseCursors();
    file++;
    rowGroup = 0;
    rowInGroup = 0;
  }

  @Override
  public VectorSchemaRoot batch() {
    return batch;
  }

  @Override
  public long firstOrdinal() {
    return firstOrdinal;
  }

  @Override
  public void close() {
    try {
      leaveFile();
    } finally {
      file = table.files().size();
      batch.close();
    }
  }
}
