package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.cli.KeymergeProcess.Outcome;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A small dataset in {@code directory} for tests that run the program as a process there: the
 * target holds the keys 0 to 19 in two files, each with a name, and the source changes 15 to 19 and
 * adds 20 to 24.
 *
 * @param directory where the program is run
 */
record NamedRows(Path directory) {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("name", LogicalType.STRING));

  /** Writes target and source to {@code directory}. */
  static NamedRows write(Path directory) throws IOException {
    NamedRows data = new NamedRows(directory);
    write(data.target().resolve("a.parquet"), rows(0, 10, "old"));
    write(data.target().resolve("b.parquet"), rows(10, 20, "old"));
    write(data.source(), rows(15, 25, "new"));
    return data;
  }

  Path target() {
    return directory.resolve("target");
  }

  Path source() {
    return directory.resolve("changes.parquet");
  }

  /** Merges {@code from} into the target, with nothing on standard input. */
  Outcome merge(String from, String... more) throws IOException, InterruptedException {
    try (KeymergeProcess process = startMerge(from, more)) {
      process.input().close();
      return process.await();
    }
  }

  /** Starts to merge {@code from} into the target. */
  KeymergeProcess startMerge(String from, String... more) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of("merge", "--source", from, "--target", target().toString(), "--key", "id"));
    words.addAll(Arrays.asList(more));
    return KeymergeProcess.start(directory, Map.of(), words.toArray(new String[0]));
  }

  /** Runs any command. */
  Outcome run(String... words) throws IOException, InterruptedException {
    return KeymergeProcess.run(directory, Map.of(), words);
  }

  /** Returns the target's names by their keys, of which none may be there twice. */
  Map<Long, String> names() throws IOException {
    Map<Long, String> names = new TreeMap<>();
    try (Stream<Path> paths = Files.list(target())) {
      for (Path path : paths.filter(file -> file.toString().endsWith(".parquet")).toList()) {
        ParquetJavaTableReader.forEachRow(
            path, row -> assertThat(names.put((Long) row[0], (String) row[1])).isNull());
      }
    }
    return names;
  }

  static List<Object[]> rows(long from, long to, String name) {
    List<Object[]> rows = new ArrayList<>();
    for (long id = from; id < to; id++) {
      rows.add(new Object[] {id, name + " " + id});
    }
    return rows;
  }

  static void write(Path file, List<Object[]> rows) throws IOException {
    ParquetTableWriter.write(file, SCHEMA, rows, ParquetLayout.standard());
  }

  /** Returns {@code rows} as a stream, the last eight bytes of which are its end. */
  static byte[] arrowStream(List<Object[]> rows) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ArrowTableWriter.write(bytes, SCHEMA, rows, ArrowLayout.stream());
    return bytes.toByteArray();
  }
}
