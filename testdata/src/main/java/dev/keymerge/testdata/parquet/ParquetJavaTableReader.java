package dev.keymerge.testdata.parquet;

import dev.keymerge.testdata.row.RowSink;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * Reads flat Parquet files row by row with parquet-java, which is strict about what it reads; page
 * checksums are verified and the rows of each row group counted.
 *
 * <p>Stateless. Holds one compressed row group in memory, and whatever its caller keeps.
 */
public final class ParquetJavaTableReader {

  private ParquetJavaTableReader() {}

  /** Tells the columns of a file. */
  public static TableSchema schema(Path file) throws IOException {
    try (ParquetFileReader reader = open(file)) {
      return ParquetSchemas.fromParquet(reader.getFileMetaData().getSchema());
    }
  }

  /** Reads files of one schema, each into its own list of rows. */
  public static Table read(List<Path> files) throws IOException {
    TableSchema schema = schema(files.get(0));
    List<List<@Nullable Object[]>> rows = new ArrayList<>();
    for (Path file : files) {
      if (!schema(file).equals(schema)) {
        throw new IOException(file + " has " + schema(file) + ", not " + schema);
      }
      List<@Nullable Object[]> rowsOfFile = new ArrayList<>();
      forEachRow(file, rowsOfFile::add);
      rows.add(rowsOfFile);
    }
    return new Table(schema, rows);
  }

  /** Hands every row of a file to a sink, in order. */
  public static void forEachRow(Path file, RowSink sink) throws IOException {
    try (ParquetFileReader reader = open(file)) {
      MessageType parquet = reader.getFileMetaData().getSchema();
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(parquet);
      PageReadStore rowGroup;
      while ((rowGroup = reader.readNextRowGroup()) != null) {
        RecordReader<@Nullable Object[]> records =
            columns.getRecordReader(rowGroup, new RowMaterializer(parquet));
        for (long row = 0; row < rowGroup.getRowCount(); row++) {
          sink.accept(records.read());
        }
      }
    }
  }

  private static ParquetFileReader open(Path file) throws IOException {
    ParquetReadOptions options =
        ParquetReadOptions.builder(new PlainParquetConfiguration())
            .usePageChecksumVerification()
            .build();
    return ParquetFileReader.open(new ChannelInputFile(file), options);
  }
}
