package dev.keymerge.internal.scan;

import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.SourceSchema;
import dev.keymerge.internal.plan.SourceTable;
import java.io.IOException;
import java.util.List;

/**
 * Is a source whose columns are known and whose rows have not been read.
 *
 * <p>Aligned once at most; what {@link #align} returns is the caller's to close and does not need
 * this any more. Not thread-safe.
 */
public interface PendingSource extends AutoCloseable {
  /** Returns the columns as the source has them. */
  SourceSchema schema();

  /** Returns how many rows there are, as far as that is known before they are read; else 0. */
  long knownRows();

  /** Returns about how much heap reading one of its columns takes, as far as that is known. */
  long readingBytes();

  /**
   * Makes the rows readable in the target's types; a source that can be read only once, or is not
   * Parquet, is written to the staging directory on the way.
   *
   * @param columns what will be read; no other column is touched
   * @throws dev.keymerge.MergeException.BadData if a type, or a value of what is staged, does not
   *     convert without loss
   */
  SourceTable align(List<ColumnAlignment> columns) throws IOException;

  @Override
  void close() throws IOException;
}
