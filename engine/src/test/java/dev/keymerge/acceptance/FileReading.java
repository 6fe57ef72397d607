package dev.keymerge.acceptance;

import dev.keymerge.testdata.parquet.ChannelInputFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.arrow.dataset.file.FileFormat;
import org.apache.arrow.dataset.file.FileSystemDatasetFactory;
import org.apache.arrow.dataset.jni.NativeMemoryPool;
import org.apache.arrow.dataset.scanner.ScanOptions;
import org.apache.arrow.dataset.scanner.Scanner;
import org.apache.arrow.dataset.source.Dataset;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;

/**
 * Holds what a reader that is not Keymerge's makes of a file of any columns, nested ones included:
 * a text per row, or why it reads none.
 *
 * @param rows a text per row, in order; empty if the reader fails
 * @param failure why the reader fails, or empty
 */
record FileReading(List<String> rows, String failure) {
  private static final int BATCH_ROWS = 8192;

  /** Tells whether the reader reads the file. */
  boolean succeeds() {
    return failure.isEmpty();
  }

  /** Reads a file with Arrow's C++ reader. */
  static FileReading byArrow(Path file) {
    List<String> rows = new ArrayList<>();
    try (BufferAllocator allocator = new RootAllocator();
        FileSystemDatasetFactory factory =
            new FileSystemDatasetFactory(
                allocator,
                NativeMemoryPool.getDefault(),
                FileFormat.PARQUET,
                file.toUri().toString());
        Dataset dataset = factory.finish();
        Scanner scanner = dataset.newScan(new ScanOptions(BATCH_ROWS));
        ArrowReader reader = scanner.scanBatches()) {
      while (reader.loadNextBatch()) {
        addRows(reader.getVectorSchemaRoot(), rows);
      }
      return new FileReading(rows, "");
    } catch (Exception failure) {
      return new FileReading(List.of(), "Arrow: " + failure);
    }
  }

  /** Returns the rows whose numbers are not among some, in order. */
  List<String> rowsExcept(Set<Integer> numbers) {
    List<String> rest = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      if (!numbers.contains(row)) {
        rest.add(rows.get(row));
      }
    }
    return rest;
  }

  private static void addRows(VectorSchemaRoot batch, List<String> rows) {
    for (int row = 0; row < batch.getRowCount(); row++) {
      StringBuilder text = new StringBuilder();
      for (FieldVector vector : batch.getFieldVectors()) {
        Object value = vector.getObject(row);
        String shown = value instanceof byte[] bytes ? Arrays.toString(bytes) : "" + value;
        text.append(vector.getName()).append(": ").append(shown).append('\n');
      }
      rows.add(text.toString());
    }
  }

  /** Reads a file with parquet-java, which also verifies the checksums of pages. */
  static FileReading byParquetJava(Path file) {
    List<String> rows = new ArrayList<>();
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .usePageChecksumVerification()
            .build();
    try (ParquetFileReader reader = ParquetFileReader.open(new ChannelInputFile(file), options)) {
      MessageType schema = reader.getFileMetaData().getSchema();
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(schema);
      PageReadStore rowGroup;
      while ((rowGroup = reader.readNextRowGroup()) != null) {
        RecordReader<Group> records =
            columns.getRecordReader(rowGroup, new GroupRecordConverter(schema));
        for (long row = 0; row < rowGroup.getRowCount(); row++) {
          rows.add(records.read().toString());
        }
      }
      return new FileReading(rows, "");
    } catch (IOException | RuntimeException | LinkageError failure) {
      return new FileReading(List.of(), "parquet-java: " + failure);
    }
  }
}
