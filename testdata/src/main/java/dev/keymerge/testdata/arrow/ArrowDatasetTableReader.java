package dev.keymerge.testdata.arrow;

import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.dataset.file.FileFormat;
import org.apache.arrow.dataset.file.FileSystemDatasetFactory;
import org.apache.arrow.dataset.jni.NativeMemoryPool;
import org.apache.arrow.dataset.scanner.ScanOptions;
import org.apache.arrow.dataset.scanner.Scanner;
import org.apache.arrow.dataset.source.Dataset;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads flat Parquet files through Arrow's C++ reader, in row order.
 *
 * <p>The caller says what types the columns are. Uses native memory without a limit, so files
 * should be small. Stateless.
 */
public final class ArrowDatasetTableReader {

  private static final int BATCH_ROWS = 8192;

  private ArrowDatasetTableReader() {}

  /** Reads files of one schema, each into its own list of rows. */
  public static Table read(TableSchema schema, List<Path> files) throws IOException {
    List<List<@Nullable Object[]>> rows = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator()) {
      for (Path file : files) {
        rows.add(rows(allocator, schema, file));
      }
    }
    return new Table(schema, rows);
  }

  private static List<@Nullable Object[]> rows(
      BufferAllocator allocator, TableSchema schema, Path file) throws IOException {
    ScanOptions options =
        new ScanOptions.Builder(BATCH_ROWS)
            .columns(Optional.of(schema.names().toArray(new String[0])))
            .build();
    try (FileSystemDatasetFactory factory =
            new FileSystemDatasetFactory(
                allocator,
                NativeMemoryPool.getDefault(),
                FileFormat.PARQUET,
                file.toUri().toString());
        Dataset dataset = factory.finish();
        Scanner scanner = dataset.newScan(options);
        ArrowReader reader = scanner.scanBatches()) {
      return ArrowRows.readAll(reader, schema);
    } catch (IOException failure) {
      throw failure;
    } catch (Exception failure) {
      throw new IOException("Arrow does not read " + file, failure);
    }
  }
}
