package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeRequest;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.testdata.duckdb.DuckDbTableReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.reference.MergeRules;
import dev.keymerge.testdata.reference.ReferenceMerge;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Keeps a small dataset of four files and a source that changes three of them, and knows by the
 * reference merge what every strategy makes of them.
 *
 * @param directory where everything goes
 */
record KillScene(Path directory) {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("name", LogicalType.STRING));
  private static final int FILES = 4;
  private static final int FILE_ROWS = 500;

  /** Names the strategies of the command line, with the rules that the reference merge knows. */
  enum Way {
    UPSERT,
    INSERT,
    UPDATE,
    DELETE,
    SYNC;

    MergeRules rules(String... keys) {
      return switch (this) {
        case UPSERT -> MergeRules.upsert(keys);
        case INSERT -> MergeRules.insert(keys);
        case UPDATE -> MergeRules.update(keys);
        case DELETE -> MergeRules.delete(keys);
        case SYNC -> MergeRules.sync(keys);
      };
    }

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  Path target() {
    return directory.resolve("table");
  }

  Path home() {
    return target().resolve("_keymerge");
  }

  Path source() {
    return directory.resolve("changes.parquet");
  }

  private Path original(int file) {
    return directory.resolve("originals").resolve("part-" + file + ".parquet");
  }

  /** Writes everything once. */
  void write() throws IOException {
    for (int file = 0; file < FILES; file++) {
      ParquetTableWriter.write(original(file), SCHEMA, fileRows(file), ParquetLayout.standard());
    }
    ParquetTableWriter.write(source(), SCHEMA, sourceRows(), ParquetLayout.standard());
  }

  /** Puts the dataset there as it was before any merge. */
  void reset() throws IOException {
    if (Files.exists(target())) {
      try (Stream<Path> all = Files.walk(target())) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(target());
    for (int file = 0; file < FILES; file++) {
      Files.copy(original(file), target().resolve(original(file).getFileName()));
    }
  }

  List<String> mergeWords(Way way, List<String> more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "merge",
                "--source",
                source().toString(),
                "--target",
                target().toString(),
                "--key",
                "id",
                "--strategy",
                way.word(),
                "--progress",
                "none"));
    words.addAll(more);
    return words;
  }

  /** Asks an engine of this process for the same merge. */
  MergeRequest request(Way way) {
    return MergeRequest.builder()
        .source(Source.parquet(source()))
        .target(target())
        .keyColumns("id")
        .strategy(Strategy.valueOf(way.name()))
        .build();
  }

  /** Returns the rows before a merge, in order of their keys. */
  List<String> before() {
    List<Object[]> rows = new ArrayList<>();
    for (int file = 0; file < FILES; file++) {
      rows.addAll(fileRows(file));
    }
    return lines(rows);
  }

  /** Returns the rows after a merge, in order of their keys. */
  List<String> after(Way way) {
    List<List<Object[]>> files = new ArrayList<>();
    for (int file = 0; file < FILES; file++) {
      files.add(fileRows(file));
    }
    return lines(
        ReferenceMerge.merge(
                new Table(SCHEMA, files), new Table(SCHEMA, List.of(sourceRows())), way.rules("id"))
            .allRows());
  }

  /** Returns what DuckDB finds in the dataset now, in order of the keys; every file is whole. */
  List<String> found() throws IOException {
    return lines(DuckDbTableReader.read(SCHEMA, dataFiles()).allRows());
  }

  List<Path> dataFiles() throws IOException {
    try (Stream<Path> files = Files.list(target())) {
      return files.filter(file -> !file.getFileName().toString().startsWith("_")).sorted().toList();
    }
  }

  /** Fails if anything but data, history and kept versions is left. */
  void assertTidy(String story) throws IOException {
    if (Files.exists(home())) {
      try (Stream<Path> files = Files.list(home())) {
        assertThat(files.map(file -> file.getFileName().toString()).toList())
            .as(story)
            .isSubsetOf("history", "previous");
      }
    }
    assertThat(dataFiles())
        .as(story)
        .allMatch(file -> Files.isRegularFile(file) && file.toString().endsWith(".parquet"));
  }

  private static List<String> lines(List<Object[]> rows) {
    return rows.stream()
        .sorted(Comparator.comparing(row -> (Long) row[0]))
        .map(row -> row[0] + " " + row[1])
        .toList();
  }

  private static List<Object[]> fileRows(int file) {
    return rows((long) file * FILE_ROWS, (file + 1L) * FILE_ROWS, 1, "old");
  }

  /** Changes rows of the first three files, and adds some. */
  private static List<Object[]> sourceRows() {
    List<Object[]> rows = rows(100, (FILES - 1L) * FILE_ROWS - 100, 7, "new");
    rows.addAll(rows(FILES * FILE_ROWS, FILES * FILE_ROWS + 200L, 1, "added"));
    return rows;
  }

  private static List<Object[]> rows(long from, long to, int step, String text) {
    List<Object[]> rows = new ArrayList<>();
    for (long id = from; id < to; id += step) {
      rows.add(new Object[] {id, text + " " + id});
    }
    return rows;
  }
}
