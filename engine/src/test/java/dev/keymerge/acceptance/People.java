package dev.keymerge.acceptance;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keeps a small table of people as files, changes it by merges, and reads it back as lines such as
 * {@code 1 ann 30}.
 *
 * <p>All that is written to begin with gets a time long past, so that a later touch shows.
 *
 * @param directory where everything goes; empty at first
 */
record People(Path directory) {
  static final TableSchema SCHEMA =
      TableSchema.of(
          Column.nullable("id", LogicalType.INT64),
          Column.nullable("name", LogicalType.STRING),
          Column.nullable("age", LogicalType.INT32));

  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);
  private static final int MEMORY_BYTES = 128 << 20;
  private static final int ROW_GROUP_ROWS = 2;

  Path target() {
    return directory.resolve("people");
  }

  Path file(String name) {
    return target().resolve(name);
  }

  /** Writes a file of the target. */
  void store(Path file, String... rows) throws IOException {
    ParquetLayout layout = ParquetLayout.builder().rowGroupRows(ROW_GROUP_ROWS).build();
    ParquetTableWriter.write(file, SCHEMA, rows(rows), layout);
    Files.setLastModifiedTime(file, LONG_AGO);
    Files.setLastModifiedTime(file.getParent(), LONG_AGO);
  }

  /** Writes a target of three files of four rows each. */
  void storeThreeFiles() throws IOException {
    store(file("a.parquet"), "1 ann 30", "2 bob 31", "3 cid 32", "4 dan 33");
    store(file("b.parquet"), "5 eva 34", "6 fay 35", "7 gus 36", "8 hal 37");
    store(file("c.parquet"), "9 ida 38", "10 jon 39", "11 kim 40", "12 leo 41");
  }

  /** Writes a source; it may be merged any number of times. */
  Source changes(String... rows) throws IOException {
    Path file = directory.resolve("changes.parquet");
    Files.deleteIfExists(file);
    ParquetTableWriter.write(file, SCHEMA, rows(rows), ParquetLayout.standard());
    return Source.parquet(file);
  }

  /** Starts a request to merge a source into the target by id. */
  MergeRequest.Builder request(Source source) {
    return MergeRequest.builder().source(source).target(target()).keyColumns("id");
  }

  static MergeResult merge(MergeRequest request) {
    MemoryLimits limits = MemoryLimits.ofBytes(MEMORY_BYTES);
    try (MergeEngine engine = MergeEngine.builder().memoryLimits(limits).threads(2).build()) {
      return engine.merge(request);
    }
  }

  /** Reads a file as lines. */
  static List<String> lines(Path file) throws IOException {
    return ParquetJavaTableReader.read(List.of(file)).allRows().stream()
        .map(row -> row[0] + " " + row[1] + " " + row[2])
        .toList();
  }

  /** Lists the names of what stands in the target in order, hidden things too but its history. */
  List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(target())) {
      return files
          .filter(file -> !PrivateFiles.isForHistory(file))
          .map(file -> file.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  /** Returns rows for lines. */
  static List<Object[]> rows(String... lines) {
    return Stream.of(lines).map(People::row).toList();
  }

  private static Object[] row(String line) {
    String[] parts = line.split(" ");
    Object id = parts[0].equals("null") ? null : Long.valueOf(parts[0]);
    return new Object[] {id, parts[1], Long.valueOf(parts[2])};
  }
}
