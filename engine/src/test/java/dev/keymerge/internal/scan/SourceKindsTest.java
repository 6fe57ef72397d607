package dev.keymerge.internal.scan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.Source;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import dev.keymerge.testdata.row.TableSchema;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SourceKindsTest {
  private static final long BUDGET = 64 << 20;
  private static final long BATCH = 1 << 20;
  private static final int ROWS = 3000;
  private static final TableSchema SCHEMA = AllTypes.schema();

  @TempDir private Path directory;

  private final List<Object[]> rows = new RandomValues(new Random(7)).rows(SCHEMA, ROWS, 0.2);

  private List<List<Object>> expected() {
    return rows.stream().map(Arrays::asList).toList();
  }

  /** Names layouts of Parquet files that the rows come in. */
  enum Layout {
    STANDARD,
    SMALL_ROW_GROUPS,
    SMALL_PAGES,
    NO_PAGE_INDEX,
    VERSION_2;

    ParquetLayout layout() {
      ParquetLayout.Builder builder = ParquetLayout.builder();
      return switch (this) {
        case STANDARD -> builder.build();
        case SMALL_ROW_GROUPS -> builder.rowGroupRows(170).build();
        case SMALL_PAGES -> builder.pageRows(60).build();
        case NO_PAGE_INDEX -> builder.pageRows(60).withoutPageIndex().build();
        case VERSION_2 -> builder.pageRows(100).pageVersion(ParquetLayout.PageVersion.V2).build();
      };
    }
  }

  @ParameterizedTest
  @EnumSource(Layout.class)
  void readsParquetOfEveryLayout(Layout layout) throws IOException {
    Path file = directory.resolve("data, with a comma \u00fc.parquet");
    ParquetTableWriter.write(file, SCHEMA, rows, layout.layout());
    try (ScanHarness harness = harness();
        SourceTable table = harness.openAsItIs(Source.parquet(file))) {
      check(harness, table, expected());
      assertThat(harness.staged).isEmpty();
      assertThat(table.checkedColumns()).isEmpty();
    }
  }

  @Test
  void readsTheFilesOfADirectoryOneAfterTheOther() throws IOException {
    int[] bounds = {0, 1000, 1000, 1700, ROWS};
    for (int i = 0; i + 1 < bounds.length; i++) {
      Path file = directory.resolve("data/part-" + i + "/x.parquet");
      ParquetLayout layout = ParquetLayout.builder().rowGroupRows(300).build();
      ParquetTableWriter.write(file, SCHEMA, rows.subList(bounds[i], bounds[i + 1]), layout);
    }
    Files.writeString(directory.resolve("data/_notes.parquet"), "hidden");
    Files.writeString(directory.resolve("data/part-0/readme.txt"), "not data");
    try (ScanHarness harness = harness();
        SourceTable table = harness.openAsItIs(Source.parquet(directory.resolve("data")))) {
      check(harness, table, expected());
    }
  }

  @ParameterizedTest
  @EnumSource(ArrowLayout.TextForm.class)
  void stagesArrowFilesOfEveryTextForm(ArrowLayout.TextForm form) throws IOException {
    Path file = directory.resolve("data.arrow");
    ArrowTableWriter.write(file, SCHEMA, rows, ArrowLayout.file().withTextForm(form));
    try (ScanHarness harness = harness();
        SourceTable table = harness.openAsItIs(Source.arrowFile(file))) {
      check(harness, table, expected());
    }
  }

  @Test
  void decodesDictionaries() throws IOException {
    Path file = directory.resolve("data.arrow");
    ArrowLayout layout = ArrowLayout.file().withBatchRows(700).withDictionaries(dictionaries());
    ArrowTableWriter.write(file, SCHEMA, rows, layout);
    try (ScanHarness harness = harness();
        SourceTable table = harness.openAsItIs(Source.of(file.toString()))) {
      check(harness, table, expected());
    }
  }

  private static String[] dictionaries() {
    return SCHEMA.names().stream()
        .filter(name -> name.contains("string") || name.contains("int32"))
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100, 100_000})
  void cutsLargeBatchesAndGathersSmallOnes(int batchRows) throws IOException {
    int used = batchRows == 1 ? 300 : ROWS;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ArrowLayout layout = ArrowLayout.stream().withBatchRows(batchRows);
    ArrowTableWriter.write(bytes, SCHEMA, rows.subList(0, used), layout);
    InputStream stream = new ByteArrayInputStream(bytes.toByteArray());
    try (ScanHarness harness = new ScanHarness(directory.resolve("staging"), BUDGET, 50_000);
        SourceTable table = harness.openAsItIs(Source.arrowStream(stream))) {
      check(harness, table, expected().subList(0, used));
      assertThat(harness.staged.stream().mapToInt(Integer::intValue).sum()).isEqualTo(used);
    }
  }

  @Test
  void readsSeveralArrowFilesAsOneSource() throws IOException {
    for (int i = 0; i < 3; i++) {
      Path file = directory.resolve("data/" + i + ".arrows");
      List<Object[]> part = rows.subList(i * 1000, (i + 1) * 1000);
      ArrowTableWriter.write(file, SCHEMA, part, ArrowLayout.stream());
    }
    try (ScanHarness harness = harness();
        SourceTable table = harness.openAsItIs(Source.of(directory.resolve("data").toString()))) {
      check(harness, table, expected());
    }
  }

  @Test
  void readsWhatIsLeftInALentReaderAndLeavesItOpen() throws IOException {
    try (RootAllocator own = new RootAllocator();
        ArrowStreamReader reader = new ArrowStreamReader(streamOf(1000), own)) {
      assertThat(reader.loadNextBatch()).isTrue();
      try (ScanHarness harness = harness();
          SourceTable table = harness.openAsItIs(Source.arrow(reader))) {
        check(harness, table, expected().subList(1000, ROWS));
      }
      assertThat(reader.getVectorSchemaRoot().getSchema().getFields()).hasSize(SCHEMA.size());
    }
  }

  @Test
  void readsSuppliedBatches() throws IOException {
    try (RootAllocator own = new RootAllocator();
        ArrowStreamReader reader = new ArrowStreamReader(streamOf(800), own)) {
      Source source =
          Source.arrow(
              () -> {
                try {
                  return reader.loadNextBatch() ? reader.getVectorSchemaRoot() : null;
                } catch (IOException failure) {
                  throw new UncheckedIOException(failure);
                }
              });
      try (ScanHarness harness = harness();
          SourceTable table = harness.openAsItIs(source)) {
        check(harness, table, expected());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"empty.parquet", "empty.arrow", "empty.arrows"})
  void readsSourcesWithoutRows(String name) throws IOException {
    Path file = directory.resolve(name);
    if (name.endsWith(".parquet")) {
      ParquetTableWriter.write(file, SCHEMA, List.of(), ParquetLayout.standard());
    } else {
      ArrowLayout layout = name.endsWith("s") ? ArrowLayout.stream() : ArrowLayout.file();
      ArrowTableWriter.write(file, SCHEMA, List.of(), layout);
    }
    try (ScanHarness harness = harness();
        SourceTable table = harness.openAsItIs(Source.of(file.toString()))) {
      assertThat(table.rows()).isZero();
      assertThat(harness.scan(table, SCHEMA)).isEmpty();
      assertThat(harness.fetch(table, SCHEMA, new long[0])).isEmpty();
      assertThat(table.schema().getFields()).hasSize(SCHEMA.size());
    }
  }

  private InputStream streamOf(int batchRows) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ArrowTableWriter.write(bytes, SCHEMA, rows, ArrowLayout.stream().withBatchRows(batchRows));
    return new ByteArrayInputStream(bytes.toByteArray());
  }

  private ScanHarness harness() {
    return new ScanHarness(directory.resolve("staging"), BUDGET, BATCH);
  }

  /**
   * Checks that scanning gives {@code expected}, and fetching the same, whichever rows are fetched.
   */
  private static void check(ScanHarness harness, SourceTable table, List<List<Object>> expected)
      throws IOException {
    assertThat(table.rows()).isEqualTo(expected.size());
    assertThat(harness.scan(table, SCHEMA)).isEqualTo(expected);
    Random random = new Random(11);
    for (int count : new int[] {1, 10, 200, 5000}) {
      long[] ordinals =
          LongStream.generate(() -> random.nextInt(expected.size()))
              .limit(count)
              .sorted()
              .toArray();
      List<List<Object>> wanted =
          Arrays.stream(ordinals).mapToObj(ordinal -> expected.get((int) ordinal)).toList();
      assertThat(harness.fetch(table, SCHEMA, ordinals)).isEqualTo(wanted);
    }
  }
}
