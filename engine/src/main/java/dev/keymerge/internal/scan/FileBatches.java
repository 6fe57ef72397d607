package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Takes the batches of several Arrow files of one schema, one file open at a time. */
final class FileBatches implements ArrowBatches {
  private final List<SourceOpener.ReaderOpener> files;
  private final List<Field> columns;
  private ReaderBatches current;
  private int next = 1;

  /** Opens the first of {@code files}, of which there is at least one. */
  FileBatches(List<SourceOpener.ReaderOpener> files) throws IOException {
    this.files = files;
    this.current = files.get(0).open();
    this.columns = current.columns();
  }

  @Override
  public List<Field> columns() {
    return columns;
  }

  @Override
  public @Nullable VectorSchemaRoot next() throws IOException {
    VectorSchemaRoot batch = current.next();
    while (batch == null && next < files.size()) {
      current.close();
      current = files.get(next).open();
      next++;
      if (!current.columns().equals(columns)) {
        throw new MergeException.BadData(
            "The files of the source differ: "
                + current.name()
                + " has the columns "
                + current.columns()
                + ", the first file has "
                + columns,
            "Merge files of different columns one after the other, or write them alike.");
      }
      batch = current.next();
    }
    return batch;
  }

  @Override
  public @Nullable FieldVector dictionary(long id) {
    return current.dictionary(id);
  }

  @Override
  public void close() throws IOException {
    current.close();
  }
}
