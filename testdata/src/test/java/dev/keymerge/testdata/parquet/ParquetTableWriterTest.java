package dev.keymerge.testdata.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout.DecimalForm;
import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.parquet.ParquetLayout.TimestampForm;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.internal.column.columnindex.OffsetIndex;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ParquetTableWriterTest {

  private static final TableSchema NUMBERS =
      TableSchema.of(
          Column.required("id", LogicalType.INT64),
          Column.nullable("share", LogicalType.DOUBLE),
          Column.nullable("name", LogicalType.STRING));

  @TempDir Path directory;

  private static List<@Nullable Object[]> numbers(int count) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (long id = 0; id < count; id++) {
      rows.add(new @Nullable Object[] {id, id / 4.0, id % 3 == 0 ? null : "name " + id % 20});
    }
    return rows;
  }

  private Path written(List<@Nullable Object[]> rows, ParquetLayout layout) throws IOException {
    Path file = directory.resolve("numbers.parquet");
    ParquetTableWriter.write(file, NUMBERS, rows, layout);
    return file;
  }

  private static ParquetFileReader open(Path file) throws IOException {
    return ParquetFileReader.open(
        new ChannelInputFile(file),
        ParquetReadOptions.builder(new PlainParquetConfiguration()).build());
  }

  private static ParquetMetadata footer(Path file) throws IOException {
    try (ParquetFileReader reader = open(file)) {
      return reader.getFooter();
    }
  }

  private static void assertSameRows(
      List<@Nullable Object[]> actual, List<@Nullable Object[]> expected) {
    assertThat(actual.toArray(new Object[0][])).isDeepEqualTo(expected.toArray(new Object[0][]));
  }

  static Stream<ParquetLayout> layouts() {
    return Stream.of(
        ParquetLayout.standard(),
        ParquetLayout.builder().pageVersion(PageVersion.V2).rowGroupRows(77).pageRows(10).build(),
        ParquetLayout.builder().withoutDictionary().withoutPageIndex().build(),
        ParquetLayout.builder().withoutStatistics().decimalForm(DecimalForm.INT64).build(),
        ParquetLayout.builder().decimalForm(DecimalForm.FIXED).build(),
        ParquetLayout.builder().decimalForm(DecimalForm.BINARY).withFieldIds().build());
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void everyTypeComesBackAsItWent(ParquetLayout layout) throws IOException {
    TableSchema schema = AllTypes.schema();
    List<@Nullable Object[]> rows =
        new RandomValues(new SplittableRandom(7)).rows(schema, 300, 0.2);
    Path file = directory.resolve("all.parquet");

    ParquetTableWriter.write(file, schema, rows, layout);

    Table read = ParquetJavaTableReader.read(List.of(file));
    assertThat(read.schema()).isEqualTo(schema);
    assertSameRows(read.allRows(), rows);
  }

  @ParameterizedTest
  @EnumSource(
      value = CompressionCodecName.class,
      names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4_RAW"})
  void everyCodecIsUsedAsAsked(CompressionCodecName codec) throws IOException {
    Path file = written(numbers(1000), ParquetLayout.builder().codec(codec).build());

    assertSameRows(ParquetJavaTableReader.read(List.of(file)).allRows(), numbers(1000));
    assertThat(footer(file).getBlocks().get(0).getColumns())
        .extracting(ColumnChunkMetaData::getCodec)
        .containsOnly(codec);
  }

  @Test
  void rowGroupsAndPagesHaveTheRowsAskedFor() throws IOException {
    ParquetLayout layout = ParquetLayout.builder().rowGroupRows(1000).pageRows(30).build();
    Path file = written(numbers(2500), layout);

    try (ParquetFileReader reader = open(file)) {
      assertThat(reader.getRowGroups())
          .extracting(BlockMetaData::getRowCount)
          .containsExactly(1000L, 1000L, 500L);
      for (ColumnChunkMetaData chunk : reader.getRowGroups().get(0).getColumns()) {
        OffsetIndex pages = reader.readOffsetIndex(chunk);
        assertThat(pages.getPageCount()).isEqualTo(34);
        assertThat(pages.getFirstRowIndex(1)).isEqualTo(30);
        assertThat(reader.readColumnIndex(chunk)).isNotNull();
      }
    }
  }

  @Test
  void pageIndexesCanBeLeftOutWithAndWithoutBloomFilters() throws IOException {
    ParquetLayout bare = ParquetLayout.builder().withoutPageIndex().withoutDictionary().build();
    ParquetLayout filtered =
        ParquetLayout.builder()
            .withoutPageIndex()
            .withoutDictionary()
            .bloomFilters("id")
            .metadata("owner", "test")
            .build();
    Path bareFile = directory.resolve("bare.parquet");
    Path filteredFile = directory.resolve("filtered.parquet");
    ParquetTableWriter.write(bareFile, NUMBERS, numbers(500), bare);
    ParquetTableWriter.write(filteredFile, NUMBERS, numbers(500), filtered);

    for (Path file : List.of(bareFile, filteredFile)) {
      assertSameRows(ParquetJavaTableReader.read(List.of(file)).allRows(), numbers(500));
      for (ColumnChunkMetaData chunk : footer(file).getBlocks().get(0).getColumns()) {
        assertThat(chunk.getColumnIndexReference()).isNull();
        assertThat(chunk.getOffsetIndexReference()).isNull();
      }
    }
    try (ParquetFileReader reader = open(filteredFile)) {
      ColumnChunkMetaData id = reader.getRowGroups().get(0).getColumns().get(0);
      assertThat(reader.readBloomFilter(id)).isNotNull();
      assertThat(reader.getFileMetaData().getKeyValueMetaData()).containsEntry("owner", "test");
    }
  }

  @Test
  void encodingsFollowTheLayout() throws IOException {
    ParquetLayout layout =
        ParquetLayout.builder().withoutDictionaryFor("id").byteStreamSplit("share").build();
    Path file = written(numbers(500), layout);

    List<ColumnChunkMetaData> chunks = footer(file).getBlocks().get(0).getColumns();
    assertThat(chunks.get(0).hasDictionaryPage()).isFalse();
    assertThat(chunks.get(1).getEncodings()).contains(Encoding.BYTE_STREAM_SPLIT);
    assertThat(chunks.get(2).hasDictionaryPage()).isTrue();
  }

  @Test
  void statisticsCanBeLeftOut() throws IOException {
    Path file = written(numbers(500), ParquetLayout.builder().withoutStatistics().build());

    assertThat(footer(file).getBlocks().get(0).getColumns())
        .allSatisfy(chunk -> assertThat(chunk.getStatistics().hasNonNullValue()).isFalse());
  }

  @Test
  void int96TimestampsReadAsNanoseconds() throws IOException {
    TableSchema schema =
        TableSchema.of(Column.nullable("at", LogicalType.timestamp(TickUnit.MICROS)));
    Path file = directory.resolve("int96.parquet");
    List<@Nullable Object[]> rows = new ArrayList<>();
    rows.add(new @Nullable Object[] {-1L});
    rows.add(new @Nullable Object[] {1_700_000_000_123_456L});

    ParquetTableWriter.write(
        file, schema, rows, ParquetLayout.builder().timestampForm(TimestampForm.INT96).build());

    Table read = ParquetJavaTableReader.read(List.of(file));
    assertThat(read.schema().column("at").type()).isEqualTo(LogicalType.timestamp(TickUnit.NANOS));
    assertThat(read.allRows().get(0)[0]).isEqualTo(-1000L);
    assertThat(read.allRows().get(1)[0]).isEqualTo(1_700_000_000_123_456_000L);
  }
}
