package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.testdata.check.ParquetFileCheck;
import dev.keymerge.testdata.duckdb.DuckDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Merges into the sample files of the Parquet project, which many writers made over many years, and
 * has three other readers tell that only what was asked for changed.
 */
class SampleFilesTest {
  private static final Instant LONG_AGO = Instant.parse("2001-02-03T04:05:06Z");

  private static final String BROKEN_CHECKSUM = "a page does not match its checksum";

  /** Everything that is refused, with the reason; whatever is not listed here must be merged. */
  private static final Map<String, Map<Step, String>> REFUSED =
      Map.of(
          "datapage_v1-corrupt-checksum.parquet",
          Map.of(
              Step.NOTHING, BROKEN_CHECKSUM,
              Step.CHANGE, BROKEN_CHECKSUM,
              Step.INSERT, BROKEN_CHECKSUM,
              Step.DELETE, BROKEN_CHECKSUM),
          // An insert finds the key out of the file's range, and reads no page.
          "rle-dict-uncompressed-corrupt-checksum.parquet",
          Map.of(
              Step.NOTHING, BROKEN_CHECKSUM,
              Step.CHANGE, BROKEN_CHECKSUM,
              Step.DELETE, BROKEN_CHECKSUM),
          "int96_from_spark.parquet",
          Map.of(
              // Among its timestamps are some that nanoseconds in 64 bits cannot count.
              Step.NOTHING, "does not fit timestamp(ns, without zone)",
              Step.INSERT, "int96_from_spark.parquet, row group 0, column 'a'",
              Step.DELETE, "int96_from_spark.parquet, row group 0, column 'a'"),
          "nonnullable.impala.parquet",
          // Its nested columns must have values, and a source cannot give them.
          Map.of(Step.INSERT, "the source lacks columns that the target requires: Int_Array"),
          "unknown-logical-type.parquet",
          Map.of(
              Step.NOTHING, "'column with unknown type'",
              Step.CHANGE, "'column with unknown type'",
              Step.INSERT, "'column with unknown type'"));

  /** Files in which no column can be a key, each with the name of one that cannot. */
  private static final Map<String, String> WITHOUT_KEY =
      Map.of(
          "incorrect_map_schema.parquet", "my_map",
          "list_columns.parquet", "int64_list",
          "map_no_value.parquet", "my_map",
          "nested_structs.rust.parquet", "roll_num",
          "null_list.parquet", "emptylist",
          "old_list_structure.parquet", "a",
          "repeated_primitive_no_list.parquet", "Int32_list");

  @TempDir private Path directory;

  private static MergeEngine engine;
  private static DuckDb database;
  private static final Map<Path, SampleTable> TABLES = new HashMap<>();
  private static final Map<Path, SampleReadings> READINGS = new HashMap<>();

  private Path source;

  @BeforeAll
  static void open() {
    engine = MergeEngine.builder().memoryLimits(MemoryLimits.ofBytes(256 << 20)).threads(2).build();
    database = DuckDb.open();
  }

  @AfterAll
  static void close() {
    engine.close();
    database.close();
    TABLES.clear();
    READINGS.clear();
  }

  private static SampleTable table(Sample sample) {
    return TABLES.computeIfAbsent(sample.file(), file -> SampleTable.load(database, file)).use();
  }

  private static SampleReadings reading(Sample sample) {
    return READINGS.computeIfAbsent(sample.file(), SampleReadings::of);
  }

  @BeforeEach
  void nameSource() {
    source = directory.resolve("source.parquet");
  }

  /** Names what the tests ask for. */
  private enum Step {
    NOTHING,
    CHANGE,
    INSERT,
    DELETE
  }

  /** Names the ways in which one file is a target. */
  private enum Form {
    FILE,
    DIRECTORY
  }

  /**
   * Holds a file that is to be a target.
   *
   * @param file the original
   * @param form how it is a target
   */
  private record Sample(Path file, Form form) {
    String name() {
      return file.getFileName().toString();
    }

    @Override
    public String toString() {
      return name() + " as " + form;
    }
  }

  private static Stream<Sample> samples(Predicate<String> names) {
    List<Path> files = SampleFolder.DATA.files();
    assumeThat(files).as("the folder shared/parquet-testing/data is there").isNotEmpty();
    return files.stream()
        .flatMap(file -> Stream.of(new Sample(file, Form.FILE), new Sample(file, Form.DIRECTORY)))
        .filter(sample -> names.test(sample.name()));
  }

  private static Sample sample(String name) {
    return samples(name::equals).findFirst().orElseThrow();
  }

  static Stream<Sample> mergeable() {
    return samples(name -> !WITHOUT_KEY.containsKey(name));
  }

  static Stream<Sample> withoutKey() {
    return samples(WITHOUT_KEY::containsKey);
  }

  @ParameterizedTest
  @MethodSource("mergeable")
  void aMergeThatChangesNothingLeavesTheFileAlone(Sample sample) throws IOException {
    SampleTable table = table(sample);
    Target target = Target.of(sample, directory.resolve("target"));
    DirectoryState before = DirectoryState.of(target.root());
    table.writeSameRows(source, List.of(0L, table.rows() / 2, Math.max(0, table.rows() - 1)));

    Optional<MergeResult> merged = merge(target, table, Strategy.UPDATE, Step.NOTHING);

    merged.ifPresent(
        result -> {
          assertThat(result.targetUnchanged()).isTrue();
          assertThat(result.unchanged()).isEqualTo(table.matches(source));
        });
    assertThat(DirectoryState.of(target.root())).isEqualTo(before);
  }

  @ParameterizedTest
  @MethodSource("mergeable")
  void aChangeOfOneValueChangesThatAlone(Sample sample) throws IOException {
    SampleTable table = table(sample);
    SampleTable.Change change = table.change(table.rows() / 2);
    assumeThat(change).as("a column beside the key").isNotNull();
    Target target = Target.of(sample, directory.resolve("target"));
    table.write(source, change);

    Optional<MergeResult> merged = merge(target, table, Strategy.UPDATE, Step.CHANGE);

    if (merged.isPresent()) {
      Set<Integer> changed = table.rowsLike(change.row());
      assertThat(merged.get().updated()).isEqualTo(changed.size());
      assertThat(table.differencesAfter(change, target.file(), source)).isZero();
      SampleReadings original = reading(sample);
      SampleReadings now = SampleReadings.of(target.file());
      now.assertSameRowsExcept(changed, original);
      now.assertAsSoundAs(original);
    }
  }

  @ParameterizedTest
  @MethodSource("mergeable")
  void anInsertAddsOneRowAndChangesNone(Sample sample) throws IOException {
    SampleTable table = table(sample);
    assumeThat(table.writeNewKey(source, table.rows() / 2)).as("there is a new key").isTrue();
    Target target = Target.of(sample, directory.resolve("target"));
    DirectoryState before = DirectoryState.of(target.root());

    Optional<MergeResult> merged = merge(target, table, Strategy.UPSERT, Step.INSERT);

    if (merged.isPresent()) {
      assertThat(merged.get().inserted()).isEqualTo(1);
      SampleReadings original = reading(sample);
      if (sample.form() == Form.FILE) {
        assertThat(table.differencesWithInserts(target.file(), source)).isZero();
        SampleReadings now = SampleReadings.of(target.file());
        now.assertSameRowsExcept(Set.of((int) table.rows()), original);
        now.assertAsSoundAs(original);
      } else {
        assertThat(DirectoryState.of(target.root()).entry(target.root(), target.file()))
            .isEqualTo(before.entry(target.root(), target.file()));
        Path added = target.addedFile();
        assertThat(table.differencesOfInserts(added, source)).isZero();
        assertThat(ParquetFileCheck.violations(added)).isEmpty();
        assertThat(FileReading.byArrow(added).rows()).hasSize(1);
        assertThat(FileReading.byParquetJava(added).rows()).hasSize(1);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("mergeable")
  void aDeleteTakesOneKeyAndKeepsAllElse(Sample sample) throws IOException {
    SampleTable table = table(sample);
    long row = table.rows() / 2;
    Target target = Target.of(sample, directory.resolve("target"));
    table.writeKey(source, row);

    Optional<MergeResult> merged = merge(target, table, Strategy.DELETE, Step.DELETE);

    if (merged.isPresent()) {
      Set<Integer> deleted = table.rowsLike(row);
      assertThat(merged.get().deleted()).isEqualTo(deleted.size());
      assertThat(table.differencesWithout(row, target.file())).isZero();
      SampleReadings original = reading(sample);
      SampleReadings now = SampleReadings.of(target.file());
      now.assertRowsGone(deleted, original);
      now.assertAsSoundAs(original);
    }
  }

  @ParameterizedTest
  @MethodSource("withoutKey")
  void aFileOfNestedColumnsAloneHasNoKey(Sample sample) throws IOException {
    Target target = Target.of(sample, directory.resolve("target"));
    DirectoryState before = DirectoryState.of(target.root());
    String column = WITHOUT_KEY.getOrDefault(sample.name(), "");
    database.run(
        "COPY (SELECT 1 AS "
            + DuckDb.name(column)
            + ") TO "
            + DuckDb.text(source.toString())
            + " (FORMAT parquet)");

    assertThatThrownBy(
            () ->
                engine.merge(
                    MergeRequest.builder()
                        .source(Source.parquet(source))
                        .target(target.target())
                        .keyColumns(column)
                        .build()))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining(column)
        .hasMessageContaining("nested");
    assertThat(DirectoryState.of(target.root())).isEqualTo(before);
  }

  /** Old writers left the dictionary's page header out of the length of a chunk. */
  @Test
  void aChunkWithATooShortLengthIsCopiedWhole() throws IOException {
    Sample sample = sample("nation.dict-malformed.parquet");
    SampleTable table = table(sample);
    Target target = Target.of(sample, directory.resolve("target"));
    database.run(
        "COPY (SELECT 7 AS nation_key, 77 AS region_key) TO "
            + DuckDb.text(source.toString())
            + " (FORMAT parquet)");

    MergeResult result = merge(target, table, Strategy.UPDATE, Step.CHANGE).orElseThrow();

    assertThat(result.updated()).isEqualTo(1);
    assertThat(result.chunksCopied()).isEqualTo(3);
    assertThat(FileReading.byParquetJava(target.file()).failure()).isEmpty();
    assertThat(FileReading.byArrow(target.file()).rowsExcept(Set.of(7)))
        .isEqualTo(FileReading.byArrow(sample.file()).rowsExcept(Set.of(7)));
  }

  private Optional<MergeResult> merge(
      Target target, SampleTable table, Strategy strategy, Step step) throws IOException {
    MergeRequest request =
        MergeRequest.builder()
            .source(Source.parquet(source))
            .target(target.target())
            .keyColumns(table.keyColumns())
            .strategy(strategy)
            .build();
    DirectoryState before = DirectoryState.of(target.root());
    String reason = REFUSED.getOrDefault(target.name(), Map.of()).get(step);
    if (reason == null) {
      return Optional.of(engine.merge(request));
    }
    assertThatThrownBy(() -> engine.merge(request))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining(reason);
    assertThat(DirectoryState.of(target.root())).isEqualTo(before);
    return Optional.empty();
  }

  /**
   * Holds a copy of a sample as a target.
   *
   * @param root everything that belongs to it
   * @param target what a merge is asked to change
   * @param file the copy
   */
  private record Target(Path root, Path target, Path file) {
    static Target of(Sample sample, Path root) throws IOException {
      Path file = root.resolve(sample.name());
      Files.createDirectories(root);
      Files.copy(sample.file(), file);
      Files.setLastModifiedTime(file, FileTime.from(LONG_AGO));
      return new Target(root, sample.form() == Form.FILE ? file : root, file);
    }

    String name() {
      return file.getFileName().toString();
    }

    Path addedFile() throws IOException {
      try (Stream<Path> files = Files.list(root)) {
        List<Path> added =
            files
                .filter(other -> !other.equals(file) && !PrivateFiles.isForHistory(other))
                .toList();
        assertThat(added).hasSize(1);
        return added.get(0);
      }
    }
  }
}
