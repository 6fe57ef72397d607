package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.Reassembly.Way;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.parquet.CorruptStatistics;
import org.apache.parquet.VersionParser;
import org.apache.parquet.column.values.bloomfilter.BloomFilter;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CopiedMetadataTest {
  private static final int NUMBER = 0;
  private static final int TEXT = 1;
  private static final int CODE = 2;
  private static final int ROWS = 100;
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("number", LogicalType.INT64),
          Column.nullable("text", LogicalType.STRING),
          Column.nullable("code", LogicalType.STRING));

  @TempDir private Path directory;
  private Path source;
  private Path target;

  @BeforeEach
  void writeSource() throws IOException {
    source = directory.resolve("source.parquet");
    target = directory.resolve("target.parquet");
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (long number = 0; number < ROWS; number++) {
      rows.add(new Object[] {number, "text " + number, "the same"});
    }
    ParquetTableWriter.write(
        source, SCHEMA, rows, ParquetLayout.builder().bloomFilters("number", "text").build());
  }

  @Test
  void ourNameIsOneThatReadersParseAndTrust() throws Exception {
    assertThat(VersionParser.parse(CreatedBy.TEXT).application).isEqualTo("keymerge");
    assertThat(CorruptStatistics.shouldIgnoreStatistics(CreatedBy.TEXT, PrimitiveTypeName.BINARY))
        .isFalse();
    String version = VersionParser.parse(CreatedBy.TEXT).version;
    assertThat(Files.readString(Path.of("pom.xml"))).contains("<version>" + version + "-SNAPSHOT<");
  }

  @Test
  void statisticsOfASoundWriterAreKept() throws IOException {
    copy();
    assertThat(copied(TEXT).getStatistics().getMin_value()).asString().isEqualTo("text 0");
    assertThat(copied(NUMBER).isSetStatistics()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet-mr version 1.6.0 (build abcd)", "someone"})
  void textStatisticsThatNobodyBelievesAreDropped(String writer) throws IOException {
    patch(footer -> footer.setCreated_by(writer));
    copy();
    assertThat(copied(TEXT).isSetStatistics()).isFalse();
    assertThat(copied(NUMBER).isSetStatistics()).isTrue();
  }

  @Test
  void boundsThatWereComparedAsSignedAreDropped() throws IOException {
    patch(
        footer -> {
          footer.setCreated_by("parquet-mr version 1.9.0 (build abcd)");
          for (ColumnChunk chunk : footer.getRow_groups().get(0).getColumns()) {
            chunk.getMeta_data().getStatistics().setMin(new byte[8]).setMax(new byte[] {1});
          }
        });
    copy();
    assertThat(copied(TEXT).getStatistics().isSetMin()).isFalse();
    assertThat(copied(TEXT).getStatistics().isSetNull_count()).isTrue();
    assertThat(copied(NUMBER).getStatistics().isSetMin()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"parquet-cpp version 1.2.0", "parquet-mr version 1.2.8", "parquet-mr"})
  void aLengthThatLeavesOutTheDictionaryHeaderIsMended(String writer) throws IOException {
    long length = chunk(source, CODE).getMeta_data().getTotal_compressed_size();
    long uncompressed = chunk(source, CODE).getMeta_data().getTotal_uncompressed_size();
    patch(
        footer -> {
          footer.setCreated_by(writer);
          ColumnMetaData code = footer.getRow_groups().get(0).getColumns().get(CODE).getMeta_data();
          assertThat(code.isSetDictionary_page_offset()).isTrue();
          code.setTotal_compressed_size(length - 14);
          code.setTotal_uncompressed_size(uncompressed - 14);
        });
    copy();
    assertThat(copied(CODE).getTotal_compressed_size()).isEqualTo(length);
    assertThat(copied(CODE).getTotal_uncompressed_size()).isEqualTo(uncompressed);
    assertThat(rows(target)).hasSize(ROWS);
  }

  @Test
  void aDictionaryThatIsNotThereIsRefused() throws IOException {
    patch(
        footer -> {
          ColumnMetaData code = footer.getRow_groups().get(0).getColumns().get(CODE).getMeta_data();
          code.setDictionary_page_offset(code.getDictionary_page_offset() + 3);
        });
    assertThatThrownBy(this::copy)
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("source.parquet, row group 0, column 'code'");
  }

  @Test
  void aPageIndexThatPointsElsewhereIsRefused() throws IOException {
    ColumnChunk number = chunk(source, NUMBER);
    patch(
        footer -> {
          ColumnChunk text = footer.getRow_groups().get(0).getColumns().get(TEXT);
          text.setOffset_index_offset(number.getOffset_index_offset());
          text.setOffset_index_length(number.getOffset_index_length());
        });
    assertThatThrownBy(this::copy)
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("outside of its data");
  }

  @Test
  void bloomFiltersWithoutALengthAreCopiedWhole() throws IOException {
    patch(
        footer -> {
          for (ColumnChunk chunk : footer.getRow_groups().get(0).getColumns()) {
            chunk.getMeta_data().unsetBloom_filter_length();
          }
        });
    copy();
    assertThat(finds(NUMBER, 2L)).isTrue();
    assertThat(finds(TEXT, Binary.fromString("text 2"))).isTrue();
    assertThat(copied(TEXT).getBloom_filter_length()).isPositive();
  }

  @Test
  void anEncodedChunkStartsFromTheOldFilterAndAddsNewValues() throws IOException {
    new Reassembly(path(source), path(target)).run(leaf -> Way.CARRY);
    assertThat(finds(NUMBER, 2L)).isTrue();
    assertThat(finds(NUMBER, 4000L)).isFalse();

    Path other = directory.resolve("other.parquet");
    ParquetTableWriter.write(
        other,
        SCHEMA,
        List.<@Nullable Object[]>of(new Object[] {4000L, "four", null}),
        ParquetLayout.standard());
    target = directory.resolve("second.parquet");
    try (ParquetMemory memory = new ParquetMemory(new MemoryBudget(64 << 20), "test");
        ParquetFile old = ParquetFile.open(STORAGE.open(path(source)), memory)) {
      new Reassembly(path(other), path(target))
          .styles((file, group, leaf) -> ChunkStyle.like(old, group, leaf))
          .run(leaf -> Way.ARROW);
    }
    assertThat(finds(NUMBER, 2L)).isTrue();
    assertThat(finds(NUMBER, 4000L)).isTrue();
    assertThat(finds(TEXT, Binary.fromString("four"))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(ParquetLayout.FloatOrder.class)
  void encodedChunksHaveTheStatisticsOfTheLibrary(ParquetLayout.FloatOrder order)
      throws IOException {
    Path every = directory.resolve("every.parquet");
    ParquetTableWriter.write(
        every,
        AllTypes.schema(),
        new RandomValues(new Random(11)).rows(AllTypes.schema(), 3000, 0.3),
        ParquetLayout.builder().floatOrder(order).build());
    for (Way way : List.of(Way.CARRY, Way.ARROW)) {
      target = directory.resolve(way + ".parquet");
      new Reassembly(path(every), path(target)).run(leaf -> way);
      FileMetaData before = PatchedFooter.read(every);
      FileMetaData after = PatchedFooter.read(target);
      assertThat(after.getColumn_orders()).isEqualTo(before.getColumn_orders());
      for (int leaf = 0; leaf < AllTypes.schema().size(); leaf++) {
        ColumnMetaData expected =
            before.getRow_groups().get(0).getColumns().get(leaf).getMeta_data();
        ColumnMetaData actual = after.getRow_groups().get(0).getColumns().get(leaf).getMeta_data();
        assertThat(actual.getStatistics())
            .as("%s", expected.getPath_in_schema())
            .isEqualTo(expected.getStatistics());
        assertThat(actual.getSize_statistics()).isEqualTo(expected.getSize_statistics());
        assertThat(actual.getNum_values()).isEqualTo(expected.getNum_values());
        assertThat(actual.isSetDictionary_page_offset())
            .as("dictionary of %s", expected.getPath_in_schema())
            .isEqualTo(expected.isSetDictionary_page_offset());
      }
    }
  }

  private void patch(Consumer<FileMetaData> change) throws IOException {
    PatchedFooter.patch(source, change);
  }

  private void copy() throws IOException {
    new Reassembly(path(source), path(target)).run(leaf -> Way.COPY);
  }

  private ColumnMetaData copied(int leaf) throws IOException {
    return chunk(target, leaf).getMeta_data();
  }

  private static ColumnChunk chunk(Path file, int leaf) throws IOException {
    return PatchedFooter.read(file).getRow_groups().get(0).getColumns().get(leaf);
  }

  private boolean finds(int leaf, Object value) throws IOException {
    try (StorageInput input = STORAGE.open(path(target));
        ParquetFileReader reader = StrictReader.open(input)) {
      ColumnChunkMetaData chunk = reader.getFooter().getBlocks().get(0).getColumns().get(leaf);
      BloomFilter bloom = reader.readBloomFilter(chunk);
      assertThat(bloom).isNotNull();
      return bloom.findHash(bloom.hash(value));
    }
  }

  private static List<String> rows(Path file) throws IOException {
    try (StorageInput input = STORAGE.open(path(file))) {
      return StrictReader.rows(input);
    }
  }

  private static StoragePath path(Path file) {
    return STORAGE.resolve(file.toString());
  }
}
