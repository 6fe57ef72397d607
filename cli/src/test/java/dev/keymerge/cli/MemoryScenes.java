package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.storage.Sha256;
import dev.keymerge.testdata.duckdb.DuckDb;
import dev.keymerge.testdata.duckdb.DuckDbOracle;
import dev.keymerge.testdata.duckdb.LargeTables;
import dev.keymerge.testdata.duckdb.MergeQuestion;
import dev.keymerge.testdata.reference.MergeCounts;
import dev.keymerge.testdata.reference.MergeRules;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Stages merges of any size: makes target and source, merges within a limit that the kernel holds,
 * and compares counts, rows and places of rows with DuckDB's answer, found without that limit.
 *
 * <p>Rows are compared one by one in tables of up to {@value #MOST_ROWS_COMPARED} rows ({@code
 * EXCEPT ALL} in both directions), and by the sum and the exclusive or of 64-bit hashes of whole
 * rows in larger ones.
 *
 * <p>Owns a database; everything else is left in the directory, which is the caller's. One thread
 * at a time.
 */
final class MemoryScenes implements AutoCloseable {
  private static final int MOST_ROWS_COMPARED = 10_000_000;
  private static final int FILES = 8;
  private static final int ROWS_OF_SMALL_FILE = 200;
  private static final int PERMILLE = 1000;
  private static final String[] LINE_ITEM_KEY = {"l_orderkey", "l_linenumber"};

  private final Path directory;
  private final DuckDb database;
  private final LargeTables tables;

  MemoryScenes(Path directory) {
    this.directory = directory;
    this.database = DuckDb.open("4GB", 2, directory.resolve("duckdb"));
    this.tables = new LargeTables(database);
  }

  /** Changes a part of line items in random places, and inserts a tenth as many. */
  LimitedMerge.Outcome someLineItems(long rows, int permille, String memory)
      throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    if (!Files.exists(before)) {
      tables.write(LargeTables::lineItems, rows, FILES, before);
    }
    if (!Files.exists(source)) {
      tables.write(LargeTables.lineItemChanges(rows, permille), source);
    }
    return mergeFile(before, source, memory, LINE_ITEM_KEY);
  }

  /** Changes every line item, from a stream on standard input. */
  LimitedMerge.Outcome everyLineItem(long rows, String memory)
      throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    tables.write(LargeTables::lineItems, rows, FILES, before);
    Path target = copyOf(before);
    LimitedMerge.Outcome outcome = stream(rows, target, memory);
    // For the comparison alone; the merge has read the stream.
    tables.write(LargeTables.everyLineItemChanged(rows), source);
    check(new Checked(before, source, target, 0), outcome, LINE_ITEM_KEY);
    return outcome;
  }

  /** Changes a tenth of the rows of one file that is one row group for each {@code groupRows}. */
  LimitedMerge.Outcome largeRowGroups(long rows, int groupRows, String memory)
      throws IOException, InterruptedException {
    Path before = Files.createDirectories(directory.resolve("before"));
    Path source = directory.resolve("source.parquet");
    tables.write(
        "FROM (" + LargeTables.lineItems(0, rows) + ") ORDER BY hash(l_partkey, l_linenumber)",
        groupRows,
        before.resolve("table.parquet"));
    tables.write(LargeTables.lineItemChanges(rows, PERMILLE / 10), source);
    return mergeFile(before, source, memory, LINE_ITEM_KEY);
  }

  /** Merges as many integer keys in no order as the target has, half of them new. */
  LimitedMerge.Outcome fourIntegers(long rows, String memory)
      throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    tables.write((first, end) -> LargeTables.fourIntegers(first, end, 0), rows, FILES, before);
    tables.write(LargeTables.fourIntegers(rows / 2, rows + rows / 2, 1), source);
    return mergeFile(before, source, memory, "id");
  }

  /** Merges as {@link #fourIntegers} does, with a hash that tells no two keys apart. */
  LimitedMerge.Outcome equalHashes(long rows, String memory)
      throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    tables.write((first, end) -> LargeTables.fourIntegers(first, end, 0), rows, FILES, before);
    tables.write(LargeTables.fourIntegers(rows / 2, rows + rows / 2, 1), source);
    Path target = copyOf(before);
    LimitedMerge.Outcome outcome =
        new LimitedMerge(directory, ConstantHashProgram.class)
            .run(memory, words(source.toString(), target, "id"));
    check(new Checked(before, source, target, 0), outcome, "id");
    return outcome;
  }

  /** Merges as many text keys in no order as the target has, half of them new. */
  LimitedMerge.Outcome uuids(long rows, String memory) throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    tables.write((first, end) -> LargeTables.uuids(first, end, 0), rows, FILES, before);
    tables.write(LargeTables.uuids(rows / 2, rows + rows / 2, 1), source);
    return mergeFile(before, source, memory, "id");
  }

  /** Merges as many keys of thousands of letters as the target has, half of them new. */
  LimitedMerge.Outcome longKeys(long rows, String memory) throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    tables.write((first, end) -> LargeTables.longKeys(first, end, 0), rows, 1, before);
    tables.write(LargeTables.longKeys(rows / 2, rows + rows / 2, 1), source);
    return mergeFile(before, source, memory, "id");
  }

  /** Changes every value of a hundred columns. */
  LimitedMerge.Outcome hundredColumns(long rows, String memory)
      throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    tables.write((first, end) -> LargeTables.hundredColumns(first, end, 0), rows, FILES, before);
    tables.write(LargeTables.hundredColumns(0, rows, 1), source);
    return mergeFile(before, source, memory, "id");
  }

  /** Changes a hundredth of the rows of many small files. */
  LimitedMerge.Outcome manyFiles(int files, String memory)
      throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    long rows = (long) files * ROWS_OF_SMALL_FILE;
    tables.write(LargeTables::lineItems, rows, files, before);
    tables.write(LargeTables.lineItemChanges(rows, PERMILLE / 100), source);
    return mergeFile(before, source, memory, LINE_ITEM_KEY);
  }

  /** Merges one key that the source holds many times, of which the last row counts. */
  LimitedMerge.Outcome oneKey(long rows, long copies, String memory)
      throws IOException, InterruptedException {
    Path before = directory.resolve("before");
    Path source = directory.resolve("source.parquet");
    Path winner = directory.resolve("winner.parquet");
    tables.write((first, end) -> LargeTables.fourIntegers(first, end, 0), rows, FILES, before);
    tables.write(LargeTables.oneKey(copies), source);
    tables.write(LargeTables.oneKey(copies) + " WHERE i = " + (copies - 1), winner);
    Path target = copyOf(before);
    List<String> words = new ArrayList<>(List.of(words(source.toString(), target, "id")));
    words.addAll(List.of("--on-duplicate", "last"));
    LimitedMerge.Outcome outcome =
        new LimitedMerge(directory).run(memory, words.toArray(new String[0]));
    check(new Checked(before, winner, target, copies - 1), outcome, "id");
    return outcome;
  }

  /**
   * Runs the merge of the last scene again within another limit: its files must come out the same,
   * byte for byte.
   */
  LimitedMerge.Outcome again(String memory, String... key)
      throws IOException, InterruptedException {
    String source = directory.resolve("source.parquet").toString();
    return again(target -> new LimitedMerge(directory).run(memory, words(source, target, key)));
  }

  /** Runs {@link #everyLineItem} again within another limit, as {@link #again} does. */
  LimitedMerge.Outcome everyLineItemAgain(long rows, String memory)
      throws IOException, InterruptedException {
    return again(target -> stream(rows, target, memory));
  }

  private LimitedMerge.Outcome stream(long rows, Path target, String memory)
      throws IOException, InterruptedException {
    return new LimitedMerge(directory)
        .run(
            memory,
            new DuckDbFeed(database, LargeTables.everyLineItemChanged(rows)),
            words("-", target, LINE_ITEM_KEY));
  }

  /** Merges into a target. */
  @FunctionalInterface
  private interface Merge {
    LimitedMerge.Outcome into(Path target) throws IOException, InterruptedException;
  }

  private LimitedMerge.Outcome again(Merge merge) throws IOException, InterruptedException {
    List<String> expected = digests(directory.resolve("target"));
    Path target = copyOf(directory.resolve("before"));
    LimitedMerge.Outcome outcome = merge.into(target);
    assertThat(digests(target)).as("files of the same merge").isEqualTo(expected);
    return outcome;
  }

  /** Returns the name and a digest of each file of a target. */
  private static List<String> digests(Path target) throws IOException {
    List<String> digests = new ArrayList<>();
    for (Path file : files(target)) {
      MessageDigest digest = Sha256.digest();
      try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      }
      digests.add(file.getFileName() + " " + HexFormat.of().formatHex(digest.digest()));
    }
    return digests;
  }

  private LimitedMerge.Outcome mergeFile(Path before, Path source, String memory, String... key)
      throws IOException, InterruptedException {
    Path target = copyOf(before);
    LimitedMerge.Outcome outcome =
        new LimitedMerge(directory).run(memory, words(source.toString(), target, key));
    check(new Checked(before, source, target, 0), outcome, key);
    return outcome;
  }

  private static String[] words(String source, Path target, String... key) {
    return new String[] {
      "--source", source, "--target", target.toString(), "--key", String.join(",", key)
    };
  }

  /** Gives the files of a target second names: a merge replaces files and changes none. */
  private Path copyOf(Path before) throws IOException {
    Path target = directory.resolve("target");
    if (Files.exists(target)) {
      try (Stream<Path> old = Files.walk(target)) {
        for (Path path : old.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectory(target);
    for (Path file : files(before)) {
      Files.createLink(target.resolve(file.getFileName()), file);
    }
    return target;
  }

  /**
   * Names what a merge is checked by.
   *
   * @param duplicates source rows that do not stand in {@code source}, for they count for nothing
   */
  private record Checked(Path before, Path source, Path target, long duplicates) {}

  private void check(Checked merge, LimitedMerge.Outcome outcome, String... key)
      throws IOException {
    Map<String, String> result = JsonNumbers.of(outcome.out());
    MergeQuestion question =
        new MergeQuestion(files(merge.before()), List.of(merge.source()), MergeRules.upsert(key));
    try (DuckDbOracle oracle = DuckDbOracle.open(question, "6GB", 2, directory.resolve("duckdb"))) {
      MergeCounts counts = oracle.counts();
      assertThat(result)
          .containsEntry("source_rows", Long.toString(counts.sourceRows() + merge.duplicates()))
          .containsEntry("duplicates_dropped", Long.toString(merge.duplicates()))
          .containsEntry("inserted", Long.toString(counts.inserted()))
          .containsEntry("updated", Long.toString(counts.updated()))
          .containsEntry("unchanged", Long.toString(counts.unchanged()))
          .containsEntry("deleted", "0")
          .containsEntry("target_rows_before", Long.toString(counts.targetRowsBefore()))
          .containsEntry("target_rows_after", Long.toString(counts.targetRowsAfter()));
      List<Path> after = files(merge.target());
      if (counts.targetRowsAfter() <= MOST_ROWS_COMPARED) {
        assertThat(oracle.difference(after)).isEqualTo(new DuckDbOracle.Difference(0, 0));
      } else {
        assertThat(oracle.sameDigest(after)).isTrue();
      }
      assertThat(oracle.misplacedRows(after)).isZero();
    }
    try (Stream<Path> all = Files.list(merge.target())) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .as("what is left in the target")
          .allMatch(name -> name.endsWith(".parquet") || name.equals("_keymerge"));
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }

  @Override
  public void close() {
    database.close();
  }
}
