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
 * Keeps a small dataset, of four files or of one, and a source that changes three quarters of it,
 * and knows by the reference merge what every strategy makes of them.
 *
 * @param directory where everything goes
 * @param shape what the dataset is
 */
record KillScene(Path directory, Shape shape) {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("name", LogicalType.STRING));
  private static final int FILES = 4;
  private static final int FILE_ROWS = 500;
  private static final String ONE_FILE = "one.parquet";
  private static final int MERGE_ID_LENGTH = 36;

  /** Names what a dataset can be. */
  enum Shape {
    DIRECTORY,
    ONE_FILE
  }

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

  /** Returns the directory in which the dataset and its private files stand. */
  private Path folder() {
    return directory.resolve("table");
  }

  /** Says what is seen of a change of the dataset. */
  enum Seen {
    NOTHING,
    /** Something is staged. */
    STAGING,
    /** A merge that resumes has something to take up. */
    FINISHED,
    /** The journal is being written. */
    DRAFT,
    /** The change is committed, and not yet cleaned up. */
    JOURNAL,
    /** The process had ended well before it could be killed. */
    OVER
  }

  Path target() {
    return shape == Shape.DIRECTORY ? folder() : folder().resolve(ONE_FILE);
  }

  private Path privatePlace() {
    return folder().resolve("_keymerge");
  }

  Path home() {
    return shape == Shape.DIRECTORY ? privatePlace() : privatePlace().resolve(ONE_FILE + ".home");
  }

  Path source() {
    return directory.resolve("changes.parquet");
  }

  private Path originals() {
    return directory.resolve("originals-" + shape);
  }

  /** Writes everything once. */
  void write() throws IOException {
    Files.createDirectories(originals());
    if (shape == Shape.ONE_FILE) {
      List<Object[]> rows = rows(0, (long) FILES * FILE_ROWS, 1, "old");
      ParquetTableWriter.write(
          originals().resolve(ONE_FILE), SCHEMA, rows, ParquetLayout.standard());
    } else {
      for (int file = 0; file < FILES; file++) {
        ParquetTableWriter.write(
            originals().resolve("part-" + file + ".parquet"),
            SCHEMA,
            fileRows(file),
            ParquetLayout.standard());
      }
    }
    if (!Files.exists(source())) {
      ParquetTableWriter.write(source(), SCHEMA, sourceRows(), ParquetLayout.standard());
    }
  }

  /** Puts the dataset there as it was before any merge. */
  void reset() throws IOException {
    if (Files.exists(folder())) {
      try (Stream<Path> all = Files.walk(folder())) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(folder());
    try (Stream<Path> files = Files.list(originals())) {
      for (Path file : files.toList()) {
        Files.copy(file, folder().resolve(file.getFileName()));
      }
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
  MergeRequest.Builder request(Way way) {
    return MergeRequest.builder()
        .source(Source.parquet(source()))
        .target(target())
        .keyColumns("id")
        .strategy(Strategy.valueOf(way.name()));
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
    try (Stream<Path> files = Files.list(folder())) {
      return files.filter(file -> !file.getFileName().toString().startsWith("_")).sorted().toList();
    }
  }

  /** Fails if anything but data, history and kept versions is left. */
  void assertTidy(String story) throws IOException {
    assertThat(names(home())).as(story).isSubsetOf("history", "previous");
    if (shape == Shape.ONE_FILE) {
      assertThat(names(privatePlace())).as(story).isSubsetOf(ONE_FILE + ".home");
    }
    assertThat(dataFiles())
        .as(story)
        .allMatch(file -> Files.isRegularFile(file) && file.toString().endsWith(".parquet"));
  }

  private static List<String> names(Path place) throws IOException {
    if (!Files.exists(place)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(place)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  /** Returns how far whoever changes the dataset has come, as far as names tell. */
  Seen look() {
    if (Files.exists(home().resolve("journal"))) {
      return Seen.JOURNAL;
    } else if (Files.exists(home().resolve("journal.tmp"))) {
      return Seen.DRAFT;
    }
    String[] names = home().toFile().list();
    Seen seen = Seen.NOTHING;
    for (String name : names == null ? new String[0] : names) {
      if (name.length() == MERGE_ID_LENGTH) {
        boolean finished = home().resolve(name).resolve("resume").toFile().length() > 0;
        seen = finished ? Seen.FINISHED : Seen.STAGING;
      }
    }
    return seen;
  }

  /** Returns whether the process {@code pid} holds the lock of the dataset, or did last. */
  boolean locked(long pid) {
    try {
      String holder = Files.readString(home().resolve("lock"));
      return holder.contains("process " + pid + "\n");
    } catch (IOException none) {
      return false;
    }
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
