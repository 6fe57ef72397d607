package dev.keymerge.internal.append;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.LONG;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.parquet.ChunkStyle;
import dev.keymerge.internal.parquet.FileTemplate;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetFileAssembler;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.parquet.ScratchFile;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowAppenderTest {
  private static final LocalStorage STORAGE = new LocalStorage();
  private static final String SCHEMA =
      "message rows { required int64 id; optional binary name (STRING); optional double extra; "
          + "optional group tags (LIST) { repeated group list { optional binary element (STRING); } } }";

  @TempDir private Path directory;
  private final MemoryBudget budget = new MemoryBudget(128 << 20);
  private final List<Long> progress = new ArrayList<>();
  private ParquetMemory memory;
  private BufferAllocator allocator;

  @BeforeEach
  void open() {
    memory = new ParquetMemory(budget, "test");
    allocator = new RootAllocator();
  }

  @AfterEach
  void nothingIsHeld() {
    assertThat(memory.bufferBytes()).isZero();
    assertThat(budget.usedBytes()).isZero();
    memory.close();
    allocator.close();
  }

  @Test
  void rowsAreCutIntoRowGroupsAndFiles() throws IOException {
    List<WrittenFile> files =
        appender(SCHEMA, Set.of())
            .writeFiles(NumberedRows.every(3, 4500), this::newFile, scratch());

    assertThat(files).extracting(WrittenFile::rows).containsExactly(2000L, 2000L, 500L);
    assertThat(files).extracting(WrittenFile::rowGroups).containsExactly(2, 2, 1);
    assertThat(progress).containsExactly(1000L, 1000L, 1000L, 1000L, 500L);
    for (WrittenFile file : files) {
      assertThat(Files.size(Path.of(file.path().text()))).isEqualTo(file.bytes());
    }
    assertThat(rows(files))
        .isEqualTo(
            LongStream.range(0, 4500)
                .map(i -> i * 3)
                .mapToObj(id -> id + "|" + (id % 7 == 0 ? null : "name " + id) + "|null|null")
                .toList());
  }

  @Test
  void longRowsMakeSmallerRowGroupsWhateverIsFetchedAtOnce() throws IOException {
    List<WrittenFile> files = writtenAlikeInSmallBlocks(SCHEMA, 10_000);

    assertThat(files.stream().mapToLong(WrittenFile::rows).sum()).isEqualTo(4500);
    for (WrittenFile file : files) {
      assertThat(file.rows() / (double) file.rowGroups()).isLessThan(10_000 / (8.0 + 4 + 6));
    }
    assertThat(files).first().extracting(WrittenFile::rows).asInstanceOf(LONG).isGreaterThan(600);
  }

  @Test
  void truthValuesMakeTheSameRowGroupsWhateverIsFetchedAtOnce() throws IOException {
    List<WrittenFile> files =
        writtenAlikeInSmallBlocks(
            "message rows { required int64 id; optional boolean even; }", 5_000);

    // A row takes eight bytes and a bit: 615 of them 4996.875 bytes.
    assertThat(files).first().extracting(WrittenFile::rows).isEqualTo(2L * 615);
  }

  /** Writes 4,500 rows, again in blocks of up to ten, and returns the files if they are equal. */
  private List<WrittenFile> writtenAlikeInSmallBlocks(String schema, long rowGroupBytes)
      throws IOException {
    List<WrittenFile> files =
        appender(schema, new NumberedRows(), rowGroupBytes)
            .writeFiles(NumberedRows.every(3, 4500), this::newFile, scratch());
    List<byte[]> contents = new ArrayList<>();
    for (WrittenFile file : files) {
      Path path = Path.of(file.path().text());
      contents.add(Files.readAllBytes(path));
      Files.delete(path);
    }
    List<WrittenFile> again =
        appender(schema, new NumberedRows(10), rowGroupBytes)
            .writeFiles(NumberedRows.every(3, 4500), this::newFile, scratch());
    assertThat(again).hasSameSizeAs(files);
    for (int i = 0; i < again.size(); i++) {
      assertThat(Files.readAllBytes(Path.of(again.get(i).path().text())))
          .isEqualTo(contents.get(i));
    }
    return files;
  }

  @Test
  void rowsThatAreLongerThanARowGroupComeOneByOne() throws IOException {
    List<WrittenFile> files =
        appender(SCHEMA, new NumberedRows(), 1)
            .writeFiles(NumberedRows.every(1, 5), this::newFile, scratch());
    assertThat(files).extracting(WrittenFile::rows).containsExactly(2L, 2L, 1L);
    assertThat(files).extracting(WrittenFile::rowGroups).containsExactly(2, 2, 1);
  }

  @Test
  void noRowsMakeNoFile() throws IOException {
    assertThat(
            appender(SCHEMA, Set.of())
                .writeFiles(NumberedRows.every(1, 0), this::newFile, scratch()))
        .isEmpty();
  }

  @Test
  void rowGroupsFollowThoseOfAFileThatIsBeingAssembled() throws IOException {
    StoragePath path = STORAGE.resolve(directory.resolve("all.parquet").toString());
    FileTemplate template = template(SCHEMA);
    try (StorageOutput out = STORAGE.create(path);
        ParquetFileAssembler assembler =
            ParquetFileAssembler.create(out, template, memory, scratch())) {
      appender(SCHEMA, Set.of()).appendRowGroups(assembler, NumberedRows.every(1, 1500));
      appender(SCHEMA, Set.of()).appendRowGroups(assembler, NumberedRows.every(2, 10));

      WrittenFile file = assembler.finish();
      assertThat(file.rowGroups()).isEqualTo(3);
      assertThat(file.rows()).isEqualTo(1510);
      assertThat(rows(List.of(file))).hasSize(1510).last().isEqualTo("18|name 18|null|null");
    }
  }

  @Test
  void askedColumnsGetBloomFilters() throws IOException {
    List<WrittenFile> files =
        appender(SCHEMA, Set.of("id"))
            .writeFiles(NumberedRows.every(1, 1000), this::newFile, scratch());

    try (ParquetFile file = ParquetFile.open(STORAGE.open(files.get(0).path()), memory)) {
      assertThat(file.footer().chunk(0, 0).getMeta_data().isSetBloom_filter_offset()).isTrue();
      assertThat(file.footer().chunk(0, 1).getMeta_data().isSetBloom_filter_offset()).isFalse();
    }
  }

  @Test
  void aRequiredColumnThatTheSourceLacksIsRefusedAtOnce() {
    String schema = "message rows { required int64 id; required double extra; }";
    assertThatThrownBy(() -> appender(schema, Set.of()))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessage("The target requires column 'extra', which the source lacks");
  }

  @Test
  void aNullForARequiredColumnIsRefusedWithItsRow() throws IOException {
    String schema = "message rows { required int64 id; required binary name (STRING); }";
    RowAppender appender = appender(schema, Set.of());
    assertThatThrownBy(
            () -> appender.writeFiles(NumberedRows.every(5, 100), this::newFile, scratch()))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessage("Column 'name' is required in the target, but null in source row 1");
  }

  private RowAppender appender(String schema, Set<String> bloomColumns) throws IOException {
    FileTemplate template = template(schema);
    return appender(
        template,
        new NumberedRows(),
        options(template, AppendOptions.DEFAULT_ROW_GROUP_BYTES, bloomColumns));
  }

  private RowAppender appender(String schema, NumberedRows rows, long rowGroupBytes)
      throws IOException {
    FileTemplate template = template(schema);
    return appender(template, rows, options(template, rowGroupBytes, Set.of()));
  }

  private RowAppender appender(FileTemplate template, NumberedRows rows, AppendOptions options) {
    return new RowAppender(
        new AppendContext(rows, allocator, memory, budget, progress::add, () -> {}),
        template,
        options);
  }

  private static AppendOptions options(
      FileTemplate template, long rowGroupBytes, Set<String> bloomColumns) {
    return new AppendOptions(
        1000,
        rowGroupBytes,
        2,
        Collections.nCopies(template.leaves().size(), ChunkStyle.FOR_NEW),
        bloomColumns);
  }

  private FileTemplate template(String schema) throws IOException {
    Path model = Files.createTempFile(directory, "model", ".parquet");
    try (ParquetFileWriter writer =
        new ParquetFileWriter(
            new LocalOutputFile(model),
            MessageTypeParser.parseMessageType(schema),
            ParquetFileWriter.Mode.OVERWRITE,
            1 << 20,
            0)) {
      writer.start();
      writer.end(Map.of());
    }
    try (ParquetFile file =
        ParquetFile.open(STORAGE.open(STORAGE.resolve(model.toString())), memory)) {
      return FileTemplate.like(file.footer());
    }
  }

  private StorageOutput newFile(int number) throws IOException {
    return STORAGE.create(
        STORAGE.resolve(directory.resolve("new" + number + ".parquet").toString()));
  }

  private ScratchFile scratch() {
    return new ScratchFile(STORAGE, STORAGE.resolve(directory.resolve("scratch").toString()));
  }

  private static List<String> rows(List<WrittenFile> files) {
    List<String> rows = new ArrayList<>();
    for (WrittenFile file : files) {
      String query =
          "SELECT id, name, extra, tags FROM read_parquet('"
              + file.path().text()
              + "', file_row_number = true) ORDER BY file_row_number";
      try (Connection database = DriverManager.getConnection("jdbc:duckdb:");
          Statement statement = database.createStatement();
          ResultSet row = statement.executeQuery(query)) {
        while (row.next()) {
          List<String> values = new ArrayList<>();
          for (int column = 1; column <= 4; column++) {
            values.add(String.valueOf(row.getObject(column)));
          }
          rows.add(String.join("|", values));
        }
      } catch (SQLException e) {
        throw new AssertionError("DuckDB cannot read " + file.path(), e);
      }
    }
    return rows;
  }
}
