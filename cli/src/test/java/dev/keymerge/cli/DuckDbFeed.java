package dev.keymerge.cli;

import dev.keymerge.testdata.duckdb.DuckDb;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.duckdb.DuckDBResultSet;

/**
 * Writes what a DuckDB query selects as an Arrow stream, batch by batch as it is made.
 *
 * @param database the database, which is borrowed
 * @param query what to select
 */
record DuckDbFeed(DuckDb database, String query) implements LimitedMerge.Feed {
  private static final int BATCH_ROWS = 65_536;

  @Override
  public void writeTo(OutputStream input) throws IOException {
    try {
      database.result(
          query,
          result -> {
            try (BufferAllocator allocator = new RootAllocator();
                ArrowReader reader =
                    (ArrowReader)
                        result
                            .unwrap(DuckDBResultSet.class)
                            .arrowExportStream(allocator, BATCH_ROWS);
                ArrowStreamWriter writer =
                    new ArrowStreamWriter(reader.getVectorSchemaRoot(), null, input)) {
              while (reader.loadNextBatch()) {
                writer.writeBatch();
              }
              writer.end();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
