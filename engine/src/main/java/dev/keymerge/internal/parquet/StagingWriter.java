package dev.keymerge.internal.parquet;

import dev.keymerge.internal.storage.StorageOutput;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes Arrow batches to a Parquet file that only Keymerge reads: neither compressed nor indexed,
 * one row group per batch.
 *
 * <p>The columns are flat and of canonical Arrow types, see {@link ArrowTypes#canonical}; they are
 * read back as they were. The file is complete after {@link #finish}. The output stays the
 * caller's.
 *
 * <p>Holds one page, and a footer entry per column and batch. Not thread-safe.
 */
public final class StagingWriter implements AutoCloseable {
  private final ParquetFileAssembler assembler;
  private final PlainChunkWriter chunks;

  private StagingWriter(ParquetFileAssembler assembler, PlainChunkWriter chunks) {
    this.assembler = assembler;
    this.chunks = chunks;
  }

  /**
   * Starts a file for batches of {@code schema}.
   *
   * @param out empty file
   * @param memory lends buffers; stays the caller's
   * @throws dev.keymerge.MergeException.InvalidRequest if a column has a type that no Parquet
   *     column has
   */
  public static StagingWriter create(StorageOutput out, Schema schema, ParquetMemory memory)
      throws IOException {
    return new StagingWriter(
        ParquetFileAssembler.create(out, FileTemplate.forSchema(schema), memory),
        new PlainChunkWriter(memory));
  }

  /**
   * Appends all rows of {@code batch}, which stays the caller's; a batch without rows leaves no
   * trace.
   */
  public void write(VectorSchemaRoot batch) throws IOException {
    int rows = batch.getRowCount();
    if (rows == 0) {
      return;
    }
    assembler.startRowGroup(rows);
    List<FieldVector> vectors = batch.getFieldVectors();
    for (FieldVector vector : vectors) {
      assembler.writeChunk(chunks, vector);
    }
    assembler.endRowGroup();
  }

  /** Completes the file, but for its close. */
  public WrittenFile finish() throws IOException {
    return assembler.finish();
  }

  @Override
  public void close() {
    chunks.close();
    assembler.close();
  }
}
