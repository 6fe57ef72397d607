package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.FileColumn;
import dev.keymerge.internal.parquet.FlatColumnReader;
import dev.keymerge.internal.parquet.PackedFile;
import dev.keymerge.internal.scan.convert.ValueConverter;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Reads one column of one row group of a source file, forward only, in the target's type.
 *
 * <p>Borrows the open file. Owns its reader and a vector of the source's type where the types
 * differ. Not thread-safe.
 */
final class ColumnCursor implements AutoCloseable {
  private final AlignedColumn column;
  private final SourceFile facts;
  private final int rowGroup;
  private final FlatColumnReader reader;
  private final @Nullable ValueConverter converter;
  private final @Nullable FieldVector unconverted;

  /** The first row of the group that can still be read. */
  private long nextRow;

  ColumnCursor(
      PackedFile file,
      SourceFile facts,
      int rowGroup,
      AlignedColumn column,
      BufferAllocator allocator) {
    this.column = column;
    this.facts = facts;
    this.rowGroup = rowGroup;
    String name = column.source().getName();
    FileColumn found = Objects.requireNonNull(file.column(name), name);
    this.reader = file.column(rowGroup, found.firstLeaf(), column.source(), allocator);
    if (column.conversion().identical()) {
      this.converter = null;
      this.unconverted = null;
    } else {
      this.converter = column.conversion().converter();
      this.unconverted = reader.newVector();
    }
  }

  /** Returns the first row of the group that can still be read. */
  long nextRow() {
    return nextRow;
  }

  /**
   * Reads {@code rows} rows from {@code first} on, which has not been passed, as the whole content
   * of {@code target}.
   */
  void readFrom(long first, int rows, FieldVector target) {
    int[] positions = new int[rows];
    for (int i = 0; i < rows; i++) {
      positions[i] = Math.toIntExact(first + i);
    }
    readSelected(positions, rows, target);
    nextRow = first + rows;
  }

  /** Reads the next {@code rows} rows as the whole content of {@code target}. */
  void read(int rows, FieldVector target) {
    long first = nextRow;
    reader.read(rows, unconverted == null ? target : unconverted);
    nextRow += rows;
    if (converter != null && unconverted != null) {
      int misfit = converter.convert(unconverted, 0, rows, target);
      if (misfit != ValueConverter.ALL_FIT) {
        throw refusal(unconverted, misfit, first + misfit);
      }
    }
  }

  /**
   * Reads rows of the group, ascending, none passed yet, as the whole content of {@code target}.
   */
  void readSelected(int[] positions, int count, FieldVector target) {
    reader.readSelected(positions, 0, count, unconverted == null ? target : unconverted);
    nextRow = positions[count - 1];
    if (converter != null && unconverted != null) {
      int misfit = converter.convert(unconverted, 0, count, target);
      if (misfit != ValueConverter.ALL_FIT) {
        throw refusal(unconverted, misfit, positions[misfit]);
      }
    }
  }

  private MergeException refusal(FieldVector vector, int index, long rowInGroup) {
    long rowInFile = facts.groupStart(rowGroup) + rowInGroup;
    return Refusals.misfit(
        column,
        vector,
        index,
        "row %d of the source (row %d of %s)"
            .formatted(facts.firstOrdinal() + rowInFile + 1, rowInFile + 1, facts.status().path()));
  }

  @Override
  public void close() {
    try {
      if (unconverted != null) {
        unconverted.close();
      }
    } finally {
      reader.close();
    }
  }
}
