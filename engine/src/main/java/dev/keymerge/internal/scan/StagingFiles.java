package dev.keymerge.internal.scan;

import dev.keymerge.internal.parquet.ChunkStyle;
import dev.keymerge.internal.parquet.ColumnChunkEncoder;
import dev.keymerge.internal.parquet.FileTemplate;
import dev.keymerge.internal.parquet.ParquetFileAssembler;
import dev.keymerge.internal.parquet.ScratchFile;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Writes batches as row groups of Parquet files that only this merge reads: plain values, no
 * compression, no indexes.
 *
 * <p>Goes on to another file before a footer becomes large. Closing without {@link #finish} deletes
 * what was written. Not thread-safe.
 */
final class StagingFiles implements AutoCloseable {
  /** Keeps a footer of a hundred columns near a few megabytes. */
  private static final int MOST_CHUNKS = 10_000;

  private final ScanContext context;
  private final FileTemplate template;
  private final int groupsPerFile;
  private final List<StoragePath> written = new ArrayList<>();
  private @Nullable StorageOutput output;
  private @Nullable ParquetFileAssembler assembler;
  private int groups;
  private boolean finished;

  StagingFiles(ScanContext context, Schema schema) {
    this.context = context;
    this.template = FileTemplate.forSchema(schema);
    this.groupsPerFile = Math.max(1, MOST_CHUNKS / Math.max(1, schema.getFields().size()));
  }

  /**
   * Writes {@code rows} rows, at least one, of {@code columns}, one vector per field of the schema.
   */
  void write(List<FieldVector> columns, int rows) throws IOException {
    ParquetFileAssembler file = assembler == null ? startFile() : assembler;
    file.startRowGroup(rows);
    for (FieldVector column : columns) {
      try (ColumnChunkEncoder encoder = file.encodeChunk(ChunkStyle.FOR_STAGING)) {
        encoder.append(column, 0, rows);
        encoder.finish();
      }
    }
    file.endRowGroup();
    groups++;
    if (groups == groupsPerFile) {
      endFile();
    }
  }

  private ParquetFileAssembler startFile() throws IOException {
    Storage storage = context.storage();
    StoragePath directory = context.stagingDirectory().get();
    storage.createDirectories(directory);
    String name = String.format(Locale.ROOT, "source-%06d", written.size());
    StoragePath path = directory.resolve(name);
    StorageOutput opened = storage.create(path);
    written.add(path);
    output = opened;
    ParquetFileAssembler started =
        ParquetFileAssembler.create(
            opened,
            template,
            context.parquet(),
            new ScratchFile(storage, directory.resolve(name + "-pages")));
    assembler = started;
    groups = 0;
    return started;
  }

  private void endFile() throws IOException {
    if (assembler != null) {
      assembler.finish();
    }
    closeFile();
  }

  private void closeFile() throws IOException {
    ParquetFileAssembler closing = assembler;
    StorageOutput closingOutput = output;
    assembler = null;
    output = null;
    try {
      if (closing != null) {
        closing.close();
      }
    } finally {
      if (closingOutput != null) {
        closingOutput.close();
      }
    }
  }

  /**
   * Completes the files, which are the caller's to delete from then on, and returns them in the
   * order of their rows.
   */
  List<FileStatus> finish() throws IOException {
    endFile();
    List<FileStatus> files = new ArrayList<>();
    for (StoragePath path : written) {
      Optional<FileStatus> status = context.storage().status(path);
      files.add(status.orElseThrow(() -> new IOException(path + " vanished while staging")));
    }
    finished = true;
    return files;
  }

  @Override
  public void close() throws IOException {
    closeFile();
    if (!finished) {
      for (StoragePath path : written) {
        context.storage().delete(path);
      }
    }
  }
}
