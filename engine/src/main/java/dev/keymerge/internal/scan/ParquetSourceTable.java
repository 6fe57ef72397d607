package dev.keymerge.internal.scan;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.SourceScan;
import dev.keymerge.internal.plan.SourceTable;
import java.io.IOException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Serves the rows of Parquet files, given or staged, in the target's types.
 *
 * <p>Holds a few numbers per row group and keeps footers only of files that are being read or were
 * read last. Thread-safe; scans and lookups are closed before it.
 */
final class ParquetSourceTable implements SourceTable {
  private final List<SourceFile> files;
  private final List<AlignedColumn> columns;
  private final OpenFiles openFiles;
  private final LongSupplier batchBytes;
  private final MemoryReservation facts;

  /**
   * Creates the table.
   *
   * @param files in source order
   * @param columns what can be read
   * @param openFiles where open files come from; owned
   * @param batchBytes tells how large batches should become
   * @param facts what is charged for {@code files}; owned
   */
  ParquetSourceTable(
      List<SourceFile> files,
      List<AlignedColumn> columns,
      OpenFiles openFiles,
      LongSupplier batchBytes,
      MemoryReservation facts) {
    this.files = files;
    this.columns = columns;
    this.openFiles = openFiles;
    this.batchBytes = batchBytes;
    this.facts = facts;
  }

  @Override
  public Schema schema() {
    return new Schema(columns.stream().map(AlignedColumn::target).toList());
  }

  @Override
  public List<String> checkedColumns() {
    return columns.stream()
        .filter(column -> column.conversion().canFail())
        .map(AlignedColumn::name)
        .toList();
  }

  @Override
  public long rows() {
    return files.isEmpty() ? 0 : end(files.size() - 1);
  }

  @Override
  public SourceScan scan(List<String> names, BufferAllocator allocator) {
    return new ParquetSourceScan(this, names.stream().map(this::column).toList(), allocator);
  }

  @Override
  public SourceLookup lookup(String name, BufferAllocator allocator) {
    return new ParquetSourceLookup(this, column(name), allocator);
  }

  @Override
  public Stream<String> identity() {
    return files.stream().map(SourceFile::identity);
  }

  @Override
  public void checkUnchanged() throws IOException {
    for (SourceFile file : files) {
      openFiles.checkUnchanged(file.status());
    }
  }

  private AlignedColumn column(String name) {
    for (AlignedColumn column : columns) {
      if (column.name().equals(name)) {
        return column;
      }
    }
    throw new NoSuchElementException("The source has no aligned column " + name);
  }

  List<SourceFile> files() {
    return files;
  }

  LongSupplier batchBytes() {
    return batchBytes;
  }

  /** Lends an open file; the caller closes the lease. */
  OpenFiles.Lease open(SourceFile file) throws IOException {
    return openFiles.lend(file.status());
  }

  /** Returns the file that holds the row of {@code ordinal}. */
  int fileOf(long ordinal) {
    int low = 0;
    int high = files.size() - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ordinal < end(middle)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private long end(int file) {
    return files.get(file).firstOrdinal() + files.get(file).rows();
  }

  @Override
  public void close() {
    try {
      openFiles.close();
    } finally {
      facts.close();
    }
  }
}
