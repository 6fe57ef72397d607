package dev.keymerge.testdata.parquet;

import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.row.TableSchema;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.jspecify.annotations.Nullable;

/**
 * Writes the rows of one Parquet file.
 *
 * <p>The file is complete after {@link #close}. Holds one row group in memory. One thread at a
 * time.
 */
public final class ParquetTableWriter implements Closeable {

  private static final String ZSTD_LEVEL = "parquet.compression.codec.zstd.level";

  /**
   * Rows after which parquet-java first looks whether a page is full; by default also the least.
   */
  private static final int PAGE_CHECK_ROWS = 100;

  private final Path file;
  private final ParquetLayout layout;
  private final ParquetWriter<@Nullable Object[]> writer;
  private boolean closed;

  private ParquetTableWriter(
      Path file, ParquetLayout layout, ParquetWriter<@Nullable Object[]> writer) {
    this.file = file;
    this.layout = layout;
    this.writer = writer;
  }

  /**
   * Starts a file, in a directory that is made if it is missing; a file of that name must not
   * exist.
   */
  public static ParquetTableWriter open(Path file, TableSchema schema, ParquetLayout layout)
      throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    return new ParquetTableWriter(file, layout, writer(file, schema, layout));
  }

  /** Writes a whole file. */
  public static void write(
      Path file, TableSchema schema, Iterable<@Nullable Object[]> rows, ParquetLayout layout)
      throws IOException {
    try (ParquetTableWriter writer = open(file, schema, layout)) {
      for (@Nullable Object[] row : rows) {
        writer.write(row);
      }
    }
  }

  /** Adds a row; the array may be used again afterwards. */
  public void write(@Nullable Object[] row) throws IOException {
    writer.write(row);
  }

  /** Completes the file. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    writer.close();
    if (!layout.hasPageIndex()) {
      PageIndexRemoval.apply(file);
    }
  }

  private static ParquetWriter<@Nullable Object[]> writer(
      Path file, TableSchema schema, ParquetLayout layout) throws IOException {
    Builder builder = new Builder(new ChannelOutputFile(file), schema, layout);
    PlainParquetConfiguration configuration = new PlainParquetConfiguration();
    if (layout.codec() == CompressionCodecName.ZSTD) {
      configuration.setInt(ZSTD_LEVEL, layout.zstdLevel());
    }
    builder
        .withConf(configuration)
        .withCompressionCodec(layout.codec())
        .withRowGroupSize((long) Integer.MAX_VALUE)
        .withRowGroupRowCountLimit(layout.rowGroupRows())
        .withPageRowCountLimit(layout.pageRows())
        .withMinRowCountForPageSizeCheck(Math.min(PAGE_CHECK_ROWS, layout.pageRows()))
        .withPageSize(layout.pageBytes())
        .withDictionaryEncoding(layout.usesDictionary())
        .withDictionaryPageSize(layout.dictionaryBytes())
        .withWriterVersion(
            layout.pageVersion() == PageVersion.V1
                ? WriterVersion.PARQUET_1_0
                : WriterVersion.PARQUET_2_0)
        .withStatisticsEnabled(layout.hasStatistics())
        .withSizeStatisticsEnabled(layout.hasStatistics());
    layout.columnsWithoutDictionary().forEach(name -> builder.withDictionaryEncoding(name, false));
    layout.bloomFilterColumns().forEach(name -> builder.withBloomFilterEnabled(name, true));
    for (String name : layout.byteStreamSplitColumns()) {
      builder.withDictionaryEncoding(name, false).withByteStreamSplitEncoding(name, true);
    }
    return builder.build();
  }

  /** Hands our write support to parquet-java. */
  private static final class Builder extends ParquetWriter.Builder<@Nullable Object[], Builder> {
    private final TableSchema schema;
    private final ParquetLayout layout;

    Builder(OutputFile file, TableSchema schema, ParquetLayout layout) {
      super(file);
      this.schema = schema;
      this.layout = layout;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    @SuppressWarnings("deprecation") // abstract in the base class, deprecated or not
    protected WriteSupport<@Nullable Object[]> getWriteSupport(Configuration configuration) {
      return support();
    }

    @Override
    protected WriteSupport<@Nullable Object[]> getWriteSupport(ParquetConfiguration configuration) {
      return support();
    }

    private WriteSupport<@Nullable Object[]> support() {
      return new RowWriteSupport(
          schema, ParquetSchemas.toParquet(schema, layout), layout.keyValueMetadata());
    }
  }
}
