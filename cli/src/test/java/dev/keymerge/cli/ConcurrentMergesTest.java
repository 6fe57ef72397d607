package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeRequest;
import dev.keymerge.Source;
import dev.keymerge.testdata.duckdb.DuckDb;
import dev.keymerge.testdata.parquet.ParquetJavaTableReader;
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
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Merges several sources into one dataset at once, while somebody reads its files one by one and
 * DuckDB reads all of them by one query, all the time: every merge applies, in some order, and
 * every file that is read is whole, with no row twice. No merge here removes a file, so that no
 * reader may miss one that it has listed.
 */
class ConcurrentMergesTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("name", LogicalType.STRING));
  private static final int FILES = 4;
  private static final int FILE_ROWS = 100;
  private static final int MEMORY_BYTES = 64 << 20;
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path directory;

  /** Merges one source, and returns how that ended: 0 for well. */
  private interface Merger {
    int merge(Path source, Path target) throws Exception;
  }

  @Test
  void twoEnginesOfOneProcessTakeTurns() throws Exception {
    rounds(10, 2, ConcurrentMergesTest::byEngine);
  }

  @Test
  void fourEnginesOfOneProcessTakeTurns() throws Exception {
    rounds(10, 4, ConcurrentMergesTest::byEngine);
  }

  @Test
  void twoProcessesTakeTurns() throws Exception {
    rounds(2, 2, byProcess());
  }

  @Test
  void fourProcessesTakeTurns() throws Exception {
    rounds(3, 4, byProcess());
  }

  @Test
  @Tag("slow")
  void fourProcessesTakeTurnsManyTimes() throws Exception {
    rounds(100, 4, byProcess());
  }

  private static int byEngine(Path source, Path target) {
    MemoryLimits limits = MemoryLimits.ofBytes(MEMORY_BYTES);
    try (MergeEngine engine = MergeEngine.builder().memoryLimits(limits).threads(1).build()) {
      engine.merge(
          MergeRequest.builder()
              .source(Source.parquet(source))
              .target(target)
              .keyColumns("id")
              .waitForLock(PATIENCE)
              .build());
      return 0;
    }
  }

  private Merger byProcess() throws Exception {
    Path place = Files.createDirectory(directory.resolve("program"));
    writeTarget(place.resolve("table"));
    KillableProgram program =
        KillableProgram.prepare(place, words(writeSource(place, 0, 1), place.resolve("table")));
    return (source, target) -> {
      Path own = Files.createDirectories(directory.resolve("of-" + source.getFileName()));
      int exit = program.run(own, words(source, target));
      assertThat(exit).as(Files.readString(own.resolve("said.txt"))).isZero();
      return exit;
    };
  }

  private static List<String> words(Path source, Path target) {
    return List.of(
        "merge",
        "--source",
        source.toString(),
        "--target",
        target.toString(),
        "--key",
        "id",
        "--wait",
        PATIENCE.toMinutes() + "m");
  }

  private void rounds(int count, int merges, Merger merger) throws Exception {
    int readings = 0;
    for (int round = 0; round < count; round++) {
      Path place = Files.createDirectory(directory.resolve("round-" + round));
      readings += new Round(place, merges).run(merger);
    }
    assertThat(readings).isGreaterThan(count);
  }

  private static void writeTarget(Path target) throws IOException {
    for (int file = 0; file < FILES; file++) {
      ParquetTableWriter.write(
          target.resolve("part-" + file + ".parquet"),
          SCHEMA,
          targetRows(file),
          ParquetLayout.standard());
    }
  }

  private static List<Object[]> targetRows(int file) {
    return rows((long) file * FILE_ROWS, (file + 1L) * FILE_ROWS, "old");
  }

  private static Path writeSource(Path place, int number, int merges) throws IOException {
    Path file = place.resolve("source-" + number + ".parquet");
    ParquetTableWriter.write(file, SCHEMA, sourceRows(number, merges), ParquetLayout.standard());
    return file;
  }

  /** Overlaps with the sources before and after, and adds a row of its own and one of all. */
  private static List<Object[]> sourceRows(int number, int merges) {
    long step = FILES * FILE_ROWS / (merges + 1L);
    List<Object[]> rows = rows(number * step, (number + 2) * step, "merge-" + number);
    rows.addAll(rows(10_000, 10_001, "merge-" + number));
    rows.addAll(rows(20_000 + number, 20_001 + number, "merge-" + number));
    return rows;
  }

  private static List<Object[]> rows(long from, long to, String text) {
    List<Object[]> rows = new ArrayList<>();
    for (long id = from; id < to; id++) {
      rows.add(new Object[] {id, text});
    }
    return rows;
  }

  private static List<String> lines(List<Object[]> rows) {
    return rows.stream()
        .sorted(Comparator.comparing(row -> (Long) row[0]))
        .map(row -> row[0] + " " + row[1])
        .toList();
  }

  /** Runs some merges at once into a new dataset, and somebody who reads it. */
  private static final class Round {
    private final Path place;
    private final Path target;
    private final int merges;
    private volatile boolean over;

    Round(Path place, int merges) {
      this.place = place;
      this.target = place.resolve("table");
      this.merges = merges;
    }

    /** Returns how many times the dataset was read meanwhile. */
    int run(Merger merger) throws Exception {
      writeTarget(target);
      ExecutorService threads = Executors.newFixedThreadPool(merges + 2);
      try {
        Future<Integer> reader = threads.submit((Callable<Integer>) this::readAllTheTime);
        Future<Integer> asking = threads.submit((Callable<Integer>) this::askAllTheTime);
        List<Future<Integer>> running = new ArrayList<>();
        for (int number = 0; number < merges; number++) {
          Path source = writeSource(place, number, merges);
          running.add(threads.submit(() -> merger.merge(source, target)));
        }
        for (Future<Integer> merge : running) {
          assertThat(merge.get(PATIENCE.toMinutes(), TimeUnit.MINUTES)).isZero();
        }
        over = true;
        int readings = reader.get(1, TimeUnit.MINUTES);
        int answers = asking.get(1, TimeUnit.MINUTES);
        assertThat(answers).isPositive();
        checkTheEnd();
        return readings;
      } finally {
        over = true;
        threads.shutdownNow();
      }
    }

    private int readAllTheTime() throws IOException {
      int readings = 0;
      while (!over) {
        for (Path file : dataFiles()) {
          readWhole(file);
        }
        readings++;
      }
      return readings;
    }

    /** Lets DuckDB read the whole dataset, as people do: by listing it and one query. */
    private int askAllTheTime() throws IOException {
      int answers = 0;
      try (DuckDb database = DuckDb.open()) {
        database.run("SET threads = 1");
        do {
          ask(database, dataFiles());
          answers++;
        } while (!over);
      }
      return answers;
    }

    private static void ask(DuckDb database, List<Path> files) {
      Set<String> whole = new HashSet<>();
      database.query(
          "SELECT parse_filename(filename), count(*), count(DISTINCT id), min(id), max(id),"
              + " count(*) FILTER (WHERE regexp_full_match(name, 'old|merge-[0-9]')) FROM "
              + DuckDb.files(files)
              + " GROUP BY ALL",
          row -> {
            String file = row.getString(1);
            long rows = row.getLong(2);
            assertThat(whole.add(file)).isTrue();
            assertThat(row.getLong(3)).as("different keys in %s", file).isEqualTo(rows);
            assertThat(row.getLong(6)).as("known values in %s", file).isEqualTo(rows);
            if (file.startsWith("part-")) {
              long first = FILE_ROWS * Long.parseLong(file.replaceAll("\\D", ""));
              assertThat(rows).as("rows of %s", file).isEqualTo(FILE_ROWS);
              assertThat(row.getLong(4)).as("first key of %s", file).isEqualTo(first);
              assertThat(row.getLong(5))
                  .as("last key of %s", file)
                  .isEqualTo(first + FILE_ROWS - 1);
            }
          });
      assertThat(whole).hasSameSizeAs(files);
    }

    private List<Path> dataFiles() throws IOException {
      try (Stream<Path> files = Files.list(target)) {
        List<Path> listed =
            files.filter(file -> !file.getFileName().toString().startsWith("_")).toList();
        assertThat(listed).allMatch(file -> file.toString().endsWith(".parquet"));
        return listed;
      }
    }

    /** Reads a file by one handle, as it was when it was opened. */
    private void readWhole(Path file) throws IOException {
      Path copy = place.resolve("copy.parquet");
      try {
        Files.write(copy, Files.readAllBytes(file));
      } catch (NoSuchFileException gone) {
        throw new AssertionError("A file that was listed is gone, but no merge removes one", gone);
      }
      Set<Object> keys = new HashSet<>();
      for (Object[] row : ParquetJavaTableReader.read(List.of(copy)).allRows()) {
        assertThat(keys.add(row[0])).as("key %s twice in %s", row[0], file).isTrue();
        assertThat((String) row[1]).matches("old|merge-\\d");
      }
      if (file.getFileName().toString().startsWith("part-")) {
        assertThat(keys).as("rows of %s", file).hasSize(FILE_ROWS);
      }
    }

    private void checkTheEnd() throws IOException {
      List<Object[]> rows = new ArrayList<>();
      for (Path file : dataFiles()) {
        rows.addAll(ParquetJavaTableReader.read(List.of(file)).allRows());
      }
      List<List<Object[]>> files = new ArrayList<>();
      for (int file = 0; file < FILES; file++) {
        files.add(targetRows(file));
      }
      Set<List<String>> orders = new HashSet<>();
      inEveryOrder(new Table(SCHEMA, files), new ArrayList<>(), orders);
      assertThat(orders).contains(lines(rows));
      Path home = target.resolve("_keymerge");
      if (Files.exists(home)) {
        try (Stream<Path> left = Files.list(home)) {
          assertThat(left.map(path -> path.getFileName().toString())).isSubsetOf("history");
        }
      }
    }

    private void inEveryOrder(Table table, List<Integer> applied, Set<List<String>> orders) {
      if (applied.size() == merges) {
        orders.add(lines(table.allRows()));
      }
      for (int number = 0; number < merges; number++) {
        if (!applied.contains(number)) {
          Table source = new Table(SCHEMA, List.of(sourceRows(number, merges)));
          List<Object[]> merged =
              ReferenceMerge.merge(table, source, MergeRules.upsert("id")).allRows();
          List<Integer> more = new ArrayList<>(applied);
          more.add(number);
          inEveryOrder(new Table(SCHEMA, List.of(merged)), more, orders);
        }
      }
    }
  }
}
