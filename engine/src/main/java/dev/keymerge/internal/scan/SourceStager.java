package dev.keymerge.internal.scan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Writes Arrow batches of any size to staged files, once, in the target's types.
 *
 * <p>Large batches are cut into slices and small ones gathered, so that what is held beside the
 * batch at hand stays near the bytes of a batch. Borrows the batches. Not thread-safe.
 */
final class SourceStager implements AutoCloseable {
  private static final int MOST_GATHERED_ROWS = 1 << 16;
  private static final int LEAST_GATHERED_ROWS = 1024;
  private static final int MOST_SLICE_ROWS = 8192;

  private final ArrowBatches batches;
  private final ScanContext context;
  private final List<AlignedColumn> aligned;
  private final List<StagedColumn> columns = new ArrayList<>();
  private final Schema schema;
  private final StagingFiles files;
  private final int gatherRows;
  private int gathered;
  private long ordinal;

  SourceStager(List<AlignedColumn> aligned, ArrowBatches batches, ScanContext context) {
    this.aligned = aligned;
    this.batches = batches;
    this.context = context;
    List<Field> fields = new ArrayList<>();
    for (AlignedColumn column : aligned) {
      columns.add(new StagedColumn(column, context.allocator()));
      // Nulls are refused where a row is used, and not for rows that only delete, for instance.
      FieldType nullable = FieldType.nullable(column.target().getType());
      fields.add(new Field(column.name(), nullable, null));
    }
    this.schema = new Schema(fields);
    this.files = new StagingFiles(context, schema);
    this.gatherRows = gatherRows(columns, context.batchBytes().getAsLong());
  }

  /** Stages every batch and returns the files, which are the caller's to delete. */
  List<SourcePart> stage() throws IOException {
    start();
    VectorSchemaRoot batch = batches.next();
    while (batch != null) {
      stage(batch);
      context.onStaged().accept(batch.getRowCount());
      batch = batches.next();
    }
    write();
    return files.finish();
  }

  private void stage(VectorSchemaRoot batch) throws IOException {
    List<FieldVector> vectors = new ArrayList<>();
    List<@Nullable FieldVector> dictionaries = new ArrayList<>();
    for (AlignedColumn column : aligned) {
      FieldVector vector = batch.getVector(column.source().getName());
      DictionaryEncoding encoding = vector.getField().getDictionary();
      vectors.add(vector);
      dictionaries.add(encoding == null ? null : batches.dictionary(encoding.getId()));
    }
    int rows = batch.getRowCount();
    for (int i = 0; i < columns.size(); i++) {
      columns.get(i).check(vectors.get(i), dictionaries.get(i), rows);
    }
    int slice = sliceRows(vectors, dictionaries, rows);
    int from = 0;
    while (from < rows) {
      int count = Math.min(Math.min(slice, rows - from), gatherRows - gathered);
      for (int i = 0; i < columns.size(); i++) {
        columns.get(i).append(vectors.get(i), dictionaries.get(i), from, count, ordinal);
      }
      from += count;
      ordinal += count;
      gathered += count;
      if (gathered == gatherRows || gatheredBytes() >= context.batchBytes().getAsLong()) {
        write();
        start();
      }
    }
  }

  /**
   * Returns how many rows of a batch make a slice of the size wanted, were all rows of one size.
   */
  private int sliceRows(
      List<FieldVector> vectors, List<@Nullable FieldVector> dictionaries, int rows) {
    long bytes = 1;
    for (int i = 0; i < vectors.size(); i++) {
      FieldVector dictionary = dictionaries.get(i);
      bytes +=
          dictionary == null
              ? vectors.get(i).getBufferSize()
              : (long) dictionary.getBufferSize() / Math.max(1, dictionary.getValueCount()) * rows;
    }
    long fitting = context.batchBytes().getAsLong() * rows / bytes;
    return (int) Math.max(1, Math.min(fitting, MOST_SLICE_ROWS));
  }

  /** Returns how many rows to make room for, considering what a row takes whatever its values. */
  private static int gatherRows(List<StagedColumn> columns, long batchBytes) {
    long rowBytes = 1;
    for (StagedColumn column : columns) {
      rowBytes += column.fixedBytes();
    }
    long fitting = batchBytes / rowBytes;
    return (int) Math.max(LEAST_GATHERED_ROWS, Math.min(fitting, MOST_GATHERED_ROWS));
  }

  private long gatheredBytes() {
    long bytes = 0;
    for (StagedColumn column : columns) {
      bytes += column.bytes();
    }
    return bytes;
  }

  private void start() {
    gathered = 0;
    for (StagedColumn column : columns) {
      column.start(gatherRows);
    }
  }

  private void write() throws IOException {
    if (gathered > 0) {
      List<FieldVector> vectors = new ArrayList<>();
      for (StagedColumn column : columns) {
        vectors.add(column.finish());
      }
      files.write(new VectorSchemaRoot(schema.getFields(), vectors, gathered));
    }
    gathered = 0;
  }

  @Override
  public void close() throws IOException {
    try {
      columns.forEach(StagedColumn::close);
    } finally {
      files.close();
    }
  }
}
