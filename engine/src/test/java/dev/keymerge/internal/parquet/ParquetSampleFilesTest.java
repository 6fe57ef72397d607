package dev.keymerge.internal.parquet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.ColumnDescriptor;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ParquetSampleFilesTest {
  private static final long BUDGET_BYTES = 256L << 20;
  private static final Set<String> WRONG_CHECKSUM =
      Set.of(
          "datapage_v1-corrupt-checksum.parquet", "rle-dict-uncompressed-corrupt-checksum.parquet");

  /** Holds dates that nanoseconds since 1970 cannot count. */
  private static final Set<String> BEYOND_NANOSECONDS = Set.of("int96_from_spark.parquet");

  /** Of the older LZ4 the library reads one framing, and that only with a native part of Hadoop. */
  private static final Set<String> OLD_LZ4 =
      Set.of(
          "hadoop_lz4_compressed.parquet",
          "hadoop_lz4_compressed_larger.parquet",
          "non_hadoop_lz4_compressed.parquet");

  /** Leaves the header of the dictionary page out of the length of its chunks. */
  private static final String SHORT_CHUNKS = "nation.dict-malformed.parquet";

  @TestFactory
  Stream<DynamicTest> readsTheSameEntriesAsTheLibrary() {
    return goodFiles()
        .map(file -> DynamicTest.dynamicTest(name(file), () -> comparesEntries(file)));
  }

  @TestFactory
  Stream<DynamicTest> readsFlatColumnsIntoVectorsWithoutChange() {
    return goodFiles()
        .filter(file -> !BEYOND_NANOSECONDS.contains(name(file)))
        .map(file -> DynamicTest.dynamicTest(name(file), () -> comparesVectors(file)));
  }

  @TestFactory
  Stream<DynamicTest> refusesPagesThatDoNotMatchTheirChecksum() {
    return files("data")
        .filter(file -> WRONG_CHECKSUM.contains(name(file)))
        .map(
            file ->
                DynamicTest.dynamicTest(
                    name(file),
                    () ->
                        assertThatExceptionOfType(MergeException.BadData.class)
                            .isThrownBy(() -> readsEverything(file))
                            .withMessageContaining("checksum")
                            .withMessageContaining(name(file))));
  }

  @TestFactory
  Stream<DynamicTest> refusesPagesInSlicesThatDoNotMatchTheirChecksum() {
    return files("data")
        .filter(file -> WRONG_CHECKSUM.contains(name(file)))
        .map(
            file ->
                DynamicTest.dynamicTest(
                    name(file),
                    () ->
                        assertThatExceptionOfType(MergeException.BadData.class)
                            .isThrownBy(() -> readsInSlices(file, new MemoryBudget(BUDGET_BYTES)))
                            .withMessageContaining("checksum")
                            .withMessageContaining(name(file))));
  }

  private static void readsInSlices(Path file, MemoryBudget budget) {
    try (ParquetFile open = SampleFiles.open(file, budget, SampleFiles.SLICES)) {
      OwnColumns.read(open);
    }
  }

  @TestFactory
  Stream<DynamicTest> reportsBadFilesAsBadDataAndGivesMemoryBack() {
    return files("bad_data")
        .map(
            file ->
                DynamicTest.dynamicTest(
                    name(file),
                    () ->
                        Assertions.assertTimeoutPreemptively(
                            Duration.ofSeconds(60), () -> readsOrReports(file))));
  }

  private static Stream<Path> files(String directory) {
    List<Path> files = SampleFiles.in(directory);
    assumeFalse(files.isEmpty(), "no directory shared/parquet-testing beside the repository");
    return files.stream();
  }

  private static Stream<Path> goodFiles() {
    return files("data")
        .filter(
            file ->
                !WRONG_CHECKSUM.contains(name(file))
                    && !OLD_LZ4.contains(name(file))
                    && !SHORT_CHUNKS.equals(name(file)));
  }

  private static String name(Path file) {
    return file.getFileName().toString();
  }

  @TestFactory
  Stream<DynamicTest> readsBothMeaningsOfTheOlderLz4() {
    return files("data")
        .filter(file -> OLD_LZ4.contains(name(file)))
        .map(
            file ->
                DynamicTest.dynamicTest(
                    name(file),
                    () ->
                        assertThat(values(readsEverything(file)))
                            .isEqualTo(values(readsEverything(inNewerLz4(file))))));
  }

  /**
   * The collection holds the same rows in the newer framing; whether values are required differs.
   */
  private static Path inNewerLz4(Path file) {
    return file.resolveSibling(name(file).replaceFirst("^(non_)?hadoop_lz4", "lz4_raw"));
  }

  private static List<Object> values(List<List<List<LeafEntry>>> entries) {
    return entries.stream()
        .flatMap(List::stream)
        .flatMap(List::stream)
        .map(entry -> (Object) String.valueOf(entry.value()))
        .toList();
  }

  @Test
  void readsChunksThatAreLongerThanTheySay() {
    List<Path> files = files("data").filter(file -> name(file).equals(SHORT_CHUNKS)).toList();
    List<List<LeafEntry>> leaves = readsEverything(files.get(0)).get(0);
    assertThat(leaves.get(0))
        .isEqualTo(IntStream.range(0, 25).mapToObj(key -> new LeafEntry(0, 1, key)).toList());
    assertThat(leaves.get(1))
        .startsWith(new LeafEntry(0, 1, HexFormat.of().formatHex("ALGERIA".getBytes(UTF_8))))
        .endsWith(new LeafEntry(0, 1, HexFormat.of().formatHex("UNITED STATES".getBytes(UTF_8))))
        .hasSize(25);
  }

  private static void comparesEntries(Path file) throws IOException {
    MemoryBudget budget = new MemoryBudget(BUDGET_BYTES);
    List<List<List<LeafEntry>>> own;
    try (ParquetFile open = SampleFiles.open(file, budget)) {
      own = OwnColumns.read(open);
    }
    assertThat(budget.usedBytes()).isZero();
    assertThat(own).isEqualTo(expected(file));
    try (ParquetFile open = SampleFiles.open(file, budget, SampleFiles.SLICES)) {
      assertThat(OwnColumns.read(open)).as("in slices").isEqualTo(own);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  private static List<List<List<LeafEntry>>> expected(Path file) throws IOException {
    try (StorageInput input = SampleFiles.input(file)) {
      return LibraryColumns.read(input);
    }
  }

  private static List<List<List<LeafEntry>>> readsEverything(Path file) {
    try (ParquetFile open = SampleFiles.open(file, new MemoryBudget(BUDGET_BYTES))) {
      return OwnColumns.read(open);
    }
  }

  private static void readsOrReports(Path file) {
    for (PageLimits limits : List.of(PageLimits.USUAL, SampleFiles.SLICES)) {
      MemoryBudget budget = new MemoryBudget(BUDGET_BYTES);
      try (ParquetFile open = SampleFiles.open(file, budget, limits)) {
        OwnColumns.read(open);
      } catch (MergeException.BadData e) {
        assertThat(e).hasMessageContaining(name(file));
        assertThat(e.remedy()).isNotEmpty();
      }
      assertThat(budget.usedBytes()).isZero();
    }
  }

  private static void comparesVectors(Path file) throws IOException {
    List<List<List<LeafEntry>>> expected = expected(file);
    MemoryBudget budget = new MemoryBudget(BUDGET_BYTES);
    try (ParquetFile open = SampleFiles.open(file, budget);
        BufferAllocator allocator = new RootAllocator()) {
      for (int group = 0; group < open.footer().rowGroups(); group++) {
        for (int leaf = 0; leaf < open.footer().leaves().size(); leaf++) {
          ColumnDescriptor descriptor = open.footer().leaves().get(leaf);
          Field field = ArrowTypes.field(descriptor.getPrimitiveType());
          if (field != null && descriptor.getMaxRepetitionLevel() == 0) {
            VectorChecks checks =
                new VectorChecks(
                    open, group, leaf, field, allocator, expected.get(group).get(leaf));
            checks.readsInBatches(new Random(7));
            checks.readsSelected(new Random(11));
          }
        }
      }
    }
    assertThat(budget.usedBytes()).isZero();
  }
}
