package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetLayout.DecimalForm;
import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.parquet.ParquetLayout.TimestampForm;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ParquetRoundTripTest {
  private static final TableSchema SCHEMA = AllTypes.schema();
  private static final List<CompressionCodecName> CODECS =
      List.of(
          CompressionCodecName.UNCOMPRESSED,
          CompressionCodecName.SNAPPY,
          CompressionCodecName.GZIP,
          CompressionCodecName.ZSTD,
          CompressionCodecName.LZ4_RAW);

  /**
   * Names one way to write a file.
   *
   * @param text what sets it apart
   * @param layout the layout
   * @param nullRate share of nulls in nullable columns
   */
  record Way(String text, ParquetLayout layout, double nullRate) {
    @Override
    public String toString() {
      return text;
    }
  }

  private static Stream<Way> ways() {
    List<Way> ways = new ArrayList<>();
    for (PageVersion version : PageVersion.values()) {
      for (CompressionCodecName codec : CODECS) {
        ways.add(way(version + " " + codec, small(version).codec(codec), 0.2));
        ways.add(
            way(
                version + " " + codec + " without dictionary",
                small(version).codec(codec).withoutDictionary(),
                0.2));
      }
      ways.add(way(version + " without nulls", small(version), 0));
      ways.add(way(version + " only nulls", small(version), 1));
      ways.add(way(version + " without page index", small(version).withoutPageIndex(), 0.3));
      ways.add(way(version + " dictionary given up", small(version).dictionaryBytes(400), 0.1));
      ways.add(way(version + " stream split", small(version).byteStreamSplit(splittable()), 0.1));
      ways.add(
          way(
              version + " long decimals and old timestamps",
              small(version)
                  .decimalForm(DecimalForm.FIXED)
                  .timestampForm(TimestampForm.INT96)
                  .withoutDictionary(),
              0.2));
      ways.add(
          way(version + " binary decimals", small(version).decimalForm(DecimalForm.BINARY), 0.2));
    }
    return ways.stream();
  }

  private static Way way(String text, ParquetLayout.Builder layout, double nullRate) {
    return new Way(text, layout.build(), nullRate);
  }

  private static ParquetLayout.Builder small(PageVersion version) {
    return ParquetLayout.builder().pageVersion(version).rowGroupRows(300).pageRows(40);
  }

  private static String[] splittable() {
    return SCHEMA.names().stream()
        .filter(
            name ->
                name.matches(
                    "(?i)(float|double|int32|int64|uint32|uint64|fixed|time|date|decimal).*"))
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("ways")
  void readsWhatTheLibraryWrites(Way way, @TempDir Path directory) throws IOException {
    Path file = directory.resolve("rows.parquet");
    List<@Nullable Object[]> rows =
        new RandomValues(new Random(way.text.hashCode())).rows(SCHEMA, 450, way.nullRate);
    ParquetTableWriter.write(file, SCHEMA, rows, way.layout);
    List<List<List<LeafEntry>>> expected;
    try (StorageInput input = SampleFiles.input(file)) {
      expected = LibraryColumns.read(input);
    }
    MemoryBudget budget = new MemoryBudget(64 << 20);
    try (ParquetFile open = SampleFiles.open(file, budget);
        BufferAllocator allocator = new RootAllocator()) {
      assertThat(OwnColumns.read(open)).isEqualTo(expected);
      checkVectors(open, allocator, expected);
    }
    try (ParquetFile open = SampleFiles.open(file, budget, SampleFiles.SLICES);
        BufferAllocator allocator = new RootAllocator()) {
      assertThat(OwnColumns.read(open)).as("in slices").isEqualTo(expected);
      checkVectors(open, allocator, expected);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  private static void checkVectors(
      ParquetFile file, BufferAllocator allocator, List<List<List<LeafEntry>>> expected) {
    for (FileColumn column : file.footer().columns()) {
      Field field = column.arrow();
      assertThat(field).as(column.name()).isNotNull();
      for (int group = 0; field != null && group < file.footer().rowGroups(); group++) {
        int leaf = column.firstLeaf();
        VectorChecks checks =
            new VectorChecks(file, group, leaf, field, allocator, expected.get(group).get(leaf));
        checks.readsInBatches(new Random(3L * leaf + group));
        checks.readsSelected(new Random(5L * leaf + group));
      }
    }
  }
}
