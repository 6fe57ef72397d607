package dev.keymerge.internal.locate;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.BatchSizer;
import dev.keymerge.internal.parquet.FileColumn;
import dev.keymerge.internal.parquet.FlatColumnReader;
import dev.keymerge.internal.parquet.ParquetFile;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Reads the key columns of one row group side by side, in batches that are as large as their bytes
 * allow: a key may be a number or a page of text.
 *
 * <p>Borrows the open file; owns its readers and vectors. Not thread-safe.
 */
final class TargetKeys implements AutoCloseable {
  private final ParquetFile file;
  private final int rowGroup;
  private final LocateRules rules;
  private final BatchSizer sizer;
  private final BufferAllocator allocator;
  private final List<FlatColumnReader> readers = new ArrayList<>();
  private final List<FieldVector> vectors = new ArrayList<>();
  private int nextRow;

  TargetKeys(
      ParquetFile file,
      int rowGroup,
      LocateRules rules,
      BatchSizer sizer,
      BufferAllocator allocator) {
    this.file = file;
    this.rowGroup = rowGroup;
    this.rules = rules;
    this.sizer = sizer;
    this.allocator = allocator;
  }

  /**
   * Reads the next rows, at least one, and returns how many.
   *
   * @param left how many there still are
   * @throws MergeException.LimitExceeded if the budget has no room for one row
   */
  int read(int left) {
    int first = nextRow;
    while (true) {
      int rows = Math.min(Math.min(left, sizer.rows()), rules.batchRows().getAsInt());
      try {
        read(first, rows);
        return rows;
      } catch (MergeException.LimitExceeded refused) {
        close();
        if (!sizer.shrink(rows)) {
          throw refused;
        }
      }
    }
  }

  private void read(int first, int rows) {
    if (readers.isEmpty()) {
      open();
    }
    long bytes = 0;
    for (int i = 0; i < readers.size(); i++) {
      FieldVector vector = vectors.get(i);
      if (nextRow == first) {
        readers.get(i).read(rows, vector);
      } else {
        readers.get(i).readSelected(positions(first, rows), 0, rows, vector);
      }
      bytes += vector.getBufferSize();
    }
    nextRow = first + rows;
    sizer.observe(rows, bytes);
  }

  private void open() {
    nextRow = 0;
    for (Field key : rules.keys()) {
      FileColumn column = file.footer().requireColumn(key.getName());
      readers.add(file.column(rowGroup, column.firstLeaf(), key, allocator));
      vectors.add(key.createVector(allocator));
    }
  }

  private static int[] positions(int first, int rows) {
    int[] positions = new int[rows];
    for (int row = 0; row < rows; row++) {
      positions[row] = first + row;
    }
    return positions;
  }

  /** Returns the keys that were read last, in key order; borrowed. */
  List<FieldVector> vectors() {
    return vectors;
  }

  @Override
  public void close() {
    vectors.forEach(FieldVector::close);
    vectors.clear();
    readers.forEach(FlatColumnReader::close);
    readers.clear();
  }
}
