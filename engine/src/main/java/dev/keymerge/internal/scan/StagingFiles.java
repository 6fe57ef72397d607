package dev.keymerge.internal.scan;

import dev.keymerge.internal.parquet.StagingWriter;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.vector.VectorSchemaRoot;
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
  /** Keeps a footer so small that those of several files stay at hand while they are read. */
  private static final int MOST_CHUNKS = 1000;

  private final ScanContext context;
  private final Schema schema;
  private final int groupsPerFile;
  private final List<StoragePath> written = new ArrayList<>();
  private final List<String> digests = new ArrayList<>();
  private @Nullable DigestingOutput output;
  private @Nullable StagingWriter writer;
  private int groups;
  private boolean finished;

  StagingFiles(ScanContext context, Schema schema) {
    this.context = context;
    this.schema = schema;
    this.groupsPerFile = Math.max(1, MOST_CHUNKS / Math.max(1, schema.getFields().size()));
  }

  /** Writes all rows of {@code batch}, which stays the caller's. */
  void write(VectorSchemaRoot batch) throws IOException {
    StagingWriter file = writer == null ? startFile() : writer;
    file.write(batch);
    groups++;
    if (groups == groupsPerFile) {
      endFile();
    }
  }

  private StagingWriter startFile() throws IOException {
    StoragePath directory = context.stagingDirectory().get();
    context.storage().createPrivateDirectory(directory);
    StoragePath path = directory.resolve(String.format(Locale.ROOT, "source-%06d", written.size()));
    DigestingOutput opened = new DigestingOutput(context.storage().create(path));
    written.add(path);
    output = opened;
    StagingWriter started = StagingWriter.create(opened, schema, context.parquet());
    writer = started;
    groups = 0;
    return started;
  }

  private void endFile() throws IOException {
    if (writer != null) {
      writer.finish();
    }
    if (output != null) {
      digests.add(output.digest());
    }
    closeFile();
  }

  private void closeFile() throws IOException {
    StagingWriter closing = writer;
    StorageOutput closingOutput = output;
    writer = null;
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
  List<SourcePart> finish() throws IOException {
    endFile();
    List<SourcePart> files = new ArrayList<>();
    for (StoragePath path : written) {
      FileStatus status =
          context
              .storage()
              .status(path)
              .orElseThrow(() -> new IOException(path + " vanished while staging"));
      files.add(new SourcePart(status, digests.get(files.size())));
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
