package dev.keymerge.internal.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.Source;
import dev.keymerge.internal.plan.ColumnAlignment;
import dev.keymerge.internal.plan.SourceScan;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SourceRefusalsTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("name", LogicalType.STRING));

  @TempDir private Path directory;
  private ScanHarness harness;

  @BeforeEach
  void open() {
    harness = new ScanHarness(directory.resolve("staging"), 64 << 20, 1 << 20);
  }

  @AfterEach
  void everythingIsGivenBack() {
    harness.close();
  }

  private Path parquet(String name, TableSchema schema, Object[]... rows) throws IOException {
    Path file = directory.resolve(name);
    ParquetTableWriter.write(
        file, schema, List.of(rows), ParquetLayout.builder().rowGroupRows(100).build());
    return file;
  }

  private static ColumnAlignment align(String source, String target, ArrowType type) {
    return new ColumnAlignment(source, new Field(target, FieldType.nullable(type), null));
  }

  private static final ArrowType INT8 = new ArrowType.Int(8, true);

  private List<List<Object>> scan(SourceTable table) throws IOException {
    List<List<Object>> batches = new ArrayList<>();
    try (SourceScan scan = table.scan(table.checkedColumns(), harness.allocator)) {
      while (scan.next()) {
        batches.add(List.of(scan.firstOrdinal(), scan.batch().getRowCount()));
      }
    }
    return batches;
  }

  @Test
  void namesTheRowOfAParquetFileWhoseValueDoesNotFit() throws IOException {
    for (int file = 0; file < 2; file++) {
      Object[][] rows = new Object[250][];
      for (int row = 0; row < rows.length; row++) {
        rows[row] = new Object[] {file == 1 && row == 220 ? 300L : 7L, "x"};
      }
      parquet("data/" + file + ".parquet", SCHEMA, rows);
    }
    Source source = Source.parquet(directory.resolve("data"));
    try (SourceTable table =
        harness.open(
            source, align("id", "ID", INT8), align("name", "name", ArrowType.Utf8.INSTANCE))) {
      assertThat(table.checkedColumns()).containsExactly("ID");
      assertThatThrownBy(() -> scan(table))
          .isInstanceOf(MergeException.BadData.class)
          .hasMessageContaining("Column 'id', row 471 of the source (row 221 of ")
          .hasMessageContaining("data/1.parquet)")
          .hasMessageContaining("300 of type int64 does not fit int8");
      assertThatThrownBy(() -> fetch(table, "ID", 3, 470))
          .isInstanceOf(MergeException.BadData.class)
          .hasMessageContaining("row 471 of the source (row 221 of ");
      fetch(table, "ID", 3, 469, 471);
    }
  }

  private void fetch(SourceTable table, String column, long... ordinals) throws IOException {
    try (FieldVector vector = table.schema().findField(column).createVector(harness.allocator);
        SourceTable.SourceLookup lookup = table.lookup(column, harness.allocator)) {
      lookup.fetch(ordinals, 0, ordinals.length, vector);
    }
  }

  @Test
  void namesTheRowOfAStagedSourceWhoseValueDoesNotFitAndLeavesNothing() throws IOException {
    Path file = directory.resolve("data.arrow");
    List<Object[]> rows = new ArrayList<>();
    for (int row = 0; row < 500; row++) {
      rows.add(new Object[] {row == 321 ? -129L : 7L, "x"});
    }
    ArrowTableWriter.write(file, SCHEMA, rows, ArrowLayout.file().withBatchRows(100));
    assertThatThrownBy(() -> harness.open(Source.arrowFile(file), align("id", "id", INT8)))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("Column 'id', row 322 of the source: the value -129");
    Path staging = directory.resolve("staging");
    assertThat(Files.exists(staging) ? staging.toFile().list() : new String[0]).isEmpty();
  }

  @Test
  void refusesTypesWithoutConversionNamingBoth() throws IOException {
    TableSchema schema =
        TableSchema.of(
            Column.nullable("at", LogicalType.timestampZoned(TickUnit.MICROS)),
            Column.nullable("name", LogicalType.STRING));
    Path file = parquet("a.parquet", schema);
    ArrowType clock = new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
    assertThatThrownBy(() -> harness.open(Source.parquet(file), align("at", "at", clock)))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("'at' is of type timestamp(us, UTC)")
        .hasMessageContaining("of type timestamp(us, without zone) in the target");
    assertThatThrownBy(() -> harness.open(Source.parquet(file), align("name", "name", INT8)))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("type string")
        .hasMessageContaining("type int8");
  }

  @Test
  void refusesNullsOnlyWhereARowIsUsedThatNeedsAValue() throws IOException {
    Path file = parquet("a.parquet", SCHEMA, new Object[] {1L, "x"}, new Object[] {2L, null});
    ColumnAlignment required =
        new ColumnAlignment(
            "name", new Field("name", FieldType.notNullable(ArrowType.Utf8.INSTANCE), null));
    try (SourceTable table = harness.open(Source.parquet(file), required)) {
      fetch(table, "name", 0, 0);
      assertThatThrownBy(() -> fetch(table, "name", 0, 1))
          .isInstanceOf(MergeException.BadData.class)
          .hasMessageContaining("Column 'name', row 2 of the source: the value is null");
      try (SourceScan scan = table.scan(List.of("name"), harness.allocator)) {
        assertThat(scan.next()).isTrue();
        assertThat(scan.batch().getVector(0).isNull(1)).isTrue();
      }
    }
  }

  @Test
  void noticesThatAFileWasReplacedBetweenTwoReadings() throws IOException {
    Path file = parquet("data/a.parquet", SCHEMA, new Object[] {1L, "x"});
    Path other = parquet("other.parquet", SCHEMA, new Object[] {2L, "y"});
    Source source = Source.parquet(file);
    try (SourceTable table = harness.open(source, align("id", "id", new ArrowType.Int(64, true)))) {
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
      assertThatThrownBy(() -> fetch(table, "id", 0))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining("a.parquet was changed");
    }
  }

  @Test
  void noticesThatAFileWasDamagedOrRemovedBetweenTwoReadings() throws IOException {
    Path file = parquet("data/a.parquet", SCHEMA, new Object[] {1L, "x"});
    try (SourceTable table =
        harness.open(Source.parquet(file), align("id", "id", new ArrowType.Int(64, true)))) {
      table.checkUnchanged();
      Files.writeString(file, "something else");
      assertThatThrownBy(table::checkUnchanged).isInstanceOf(MergeException.Conflict.class);
      assertThatThrownBy(() -> fetch(table, "id", 0)).isInstanceOf(MergeException.Conflict.class);
      Files.delete(file);
      assertThatThrownBy(() -> fetch(table, "id", 0)).isInstanceOf(MergeException.Conflict.class);
    }
  }

  @Test
  void refusesFilesThatDiffer() throws IOException {
    parquet("data/a.parquet", SCHEMA);
    Source source = Source.parquet(directory.resolve("data"));
    TableSchema typed = TableSchema.of(Column.required("id", LogicalType.INT32), SCHEMA.column(1));
    Path other = parquet("data/b.parquet", typed);
    refusesDiffering(source, "has column 'id' as int32, ", "as int64");
    Files.delete(other);
    parquet("data/b.parquet", SCHEMA.select(List.of("id")));
    refusesDiffering(source, "b.parquet lacks column 'name'", "a.parquet has it");
    Files.delete(other);
    parquet("data/b.parquet", SCHEMA.plus(Column.nullable("more", LogicalType.INT8)));
    refusesDiffering(source, "b.parquet has a column 'more'", "a.parquet has not");
  }

  private void refusesDiffering(Source source, String what, String first) {
    assertThatThrownBy(() -> harness.opener.open(source))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining(what)
        .hasMessageContaining(first);
  }

  @Test
  void takesFilesWhoseColumnsStandInAnotherOrder() throws IOException {
    parquet("data/a.parquet", SCHEMA, new Object[] {1L, "x"});
    TableSchema turned = SCHEMA.select(List.of("name", "id"));
    parquet("data/b.parquet", turned, new Object[] {"y", 2L});
    try (SourceTable table = harness.openAsItIs(Source.parquet(directory.resolve("data")))) {
      assertThat(harness.scan(table, SCHEMA))
          .isEqualTo(List.of(List.of(1L, "x"), List.of(2L, "y")));
    }
  }

  @Test
  void refusesPartitionDirectoriesWhoseColumnWouldBeLost() throws IOException {
    Path file = parquet("data/day=2024-01-01/a.parquet", SCHEMA, new Object[] {1L, "x"});
    Source directorySource = Source.parquet(directory.resolve("data"));
    assertThatThrownBy(() -> harness.opener.open(directorySource))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("column 'day' is not in the file");
    harness.opener.open(Source.parquet(file)).close();
  }

  @Test
  void explainsABrokenStream() throws IOException {
    Path file = directory.resolve("a.arrows");
    ArrowTableWriter.write(
        file, SCHEMA, List.of(new Object[][] {{1L, "x"}, {2L, "y"}}), ArrowLayout.stream());
    byte[] bytes = Files.readAllBytes(file);
    for (int length = 1; length < bytes.length - 8; length += 13) {
      Files.write(file, java.util.Arrays.copyOf(bytes, length));
      try (SourceTable table = harness.openAsItIs(Source.arrowStream(file))) {
        assertThat(table.rows()).isIn(0L, 2L);
      } catch (MergeException.BadData | MergeException.InputOutput expected) {
        assertThat(expected).hasMessageContaining("a.arrows");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', it is empty",
    "'id', it ends after 2 bytes",
    "'id,name,amount', it does not begin like one",
    "'{\"id\": 17}', it does not begin like one",
    "'PAR1 and more', it holds Parquet",
    "'ARROW1 and more', it holds an Arrow file"
  })
  void refusesWhatIsNoStreamBeforeAskingForMemory(String content, String problem) {
    byte[] bytes = content.getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(
            () -> harness.opener.open(Source.arrowStream(new ByteArrayInputStream(bytes))))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining(problem);
  }

  @Test
  void saysThatABatchIsTooLarge() throws IOException {
    List<Object[]> rows = new ArrayList<>();
    for (long row = 0; row < 100_000; row++) {
      rows.add(new Object[] {row, "some text"});
    }
    Path file = directory.resolve("a.arrow");
    ArrowTableWriter.write(file, SCHEMA, rows, ArrowLayout.file().withBatchRows(100_000));
    try (ScanHarness small = new ScanHarness(directory.resolve("other"), 1 << 20, 1 << 20)) {
      assertThatThrownBy(() -> small.openAsItIs(Source.arrowFile(file)))
          .isInstanceOf(MergeException.LimitExceeded.class)
          .hasMessageContaining("A batch of " + file + " does not fit");
    }
  }

  @Test
  void refusesAnEmptySupplyThatTellsNoColumns() {
    assertThatThrownBy(() -> harness.opener.open(Source.arrow(() -> null)))
        .isInstanceOf(MergeException.InvalidRequest.class);
  }

  @Test
  void aSupplierThatFailsIsAFailureOfTheSource() {
    IllegalStateException cause = new IllegalStateException("the cursor is gone");
    Source source =
        Source.arrow(
            () -> {
              throw cause;
            });

    assertThatThrownBy(() -> harness.open(source))
        .isInstanceOf(MergeException.InputOutput.class)
        .hasMessageContaining("the cursor is gone")
        .hasCause(cause);
  }

  @Test
  void aStreamWhoseBytesNeverComeIsGivenUpWhenAsked() throws IOException {
    try (PipedOutputStream neverWritten = new PipedOutputStream();
        PipedInputStream stream = new PipedInputStream(neverWritten)) {
      MergeException.Cancelled cancelled = new MergeException.Cancelled("stopped", "go on");
      harness.whileWaiting =
          () -> {
            throw cancelled;
          };

      assertThatThrownBy(() -> harness.open(Source.arrowStream(stream))).isSameAs(cancelled);
    }
  }

  @Test
  void aStreamThatFailsIsAFailureOfTheSource() {
    InputStream stream =
        new InputStream() {
          @Override
          public int read() {
            throw new IllegalStateException("the connection is gone");
          }

          @Override
          public int read(byte[] bytes, int from, int length) {
            return read();
          }
        };

    assertThatThrownBy(() -> harness.open(Source.arrowStream(stream)))
        .isInstanceOf(MergeException.InputOutput.class)
        .hasMessageContaining("the connection is gone");
  }
}
