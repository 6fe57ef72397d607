package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.cli.KeymergeProcess.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs merges as processes: what they print where, what they end with, and what they leave behind.
 *
 * <p>The target holds the keys 0 to 19 in two files; the usual source changes 15 to 19 and adds 20
 * to 24.
 */
class MergeProcessTest {
  @TempDir private Path directory;
  private NamedRows data = new NamedRows(Path.of(""));
  private Path target = data.target();
  private Path source = data.source();

  @BeforeEach
  void writeTargetAndSource() throws IOException {
    data = NamedRows.write(directory);
    target = data.target();
    source = data.source();
  }

  @Test
  void aMergePrintsItsSummaryAndProgressOnStandardErrorOnly() throws Exception {
    Outcome outcome = data.merge(source.toString());

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .contains("Merged " + source + " into " + target + " by id (upsert)")
        .containsPattern("inserted +5\n")
        .containsPattern("updated +5\n")
        .contains("20 -> 25")
        .contains("1 rewritten, 1 added, 1 left as it was")
        .contains("Planning")
        .doesNotContain("\r");
    assertThat(data.names()).isEqualTo(expected(0, 15, "old", 15, 25, "new"));
  }

  @Test
  void withJsonStandardOutputIsOneObjectOfTheNamesOfTheContract() throws Exception {
    Outcome outcome = data.merge(source.toString(), "--json", "--progress", "none");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(JsonTest.names(outcome.out()))
        .isEqualTo(JsonTest.names(Json.document(Results.everyNumberDifferent())));
    assertThat(outcome.out())
        .contains("\"inserted\" : 5,", "\"updated\" : 5,", "\"target_rows_after\" : 25,")
        .contains("\"action\" : \"rewritten\"", "\"action\" : \"kept\"", "\"action\" : \"added\"");
  }

  @Test
  void aSecondMergeLeavesEveryFileAsItIs() throws Exception {
    data.merge(source.toString());
    Map<String, String> before = files();

    Outcome outcome = data.merge(source.toString());

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("nothing to change").containsPattern("unchanged +10 ");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void aDryRunCountsAndChangesNothing() throws Exception {
    Map<String, String> before = files();

    Outcome outcome = data.merge(source.toString(), "--dry-run", "--json");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("Dry run: nothing was changed.");
    assertThat(outcome.out())
        .contains("\"dry_run\" : true,", "\"inserted\" : 5,", "\"updated\" : 5,");
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void rowsMayComeAsAnArrowStreamOnStandardInput() throws Exception {
    try (KeymergeProcess process = data.startMerge("-")) {
      try (OutputStream input = process.input()) {
        input.write(NamedRows.arrowStream(NamedRows.rows(15, 25, "new")));
      }
      Outcome outcome = process.await();

      assertThat(outcome.exitCode()).as(outcome.err()).isZero();
      assertThat(outcome.err()).contains("Merged standard input into");
    }
    assertThat(data.names()).isEqualTo(expected(0, 15, "old", 15, 25, "new"));
  }

  @Test
  void terminatedWhileItReadsItEndsWith130AndLeavesTheTargetUntouched() throws Exception {
    Map<String, String> before = files();
    byte[] stream = NamedRows.arrowStream(NamedRows.rows(0, 5_000, "new"));
    try (KeymergeProcess process = data.startMerge("-", "--progress", "json", "--json")) {
      // All batches but the end of the stream: the merge waits for more.
      process.input().write(stream, 0, stream.length - 8);
      process.input().flush();
      process.awaitError("\"phase\":\"reading_source\"");
      process.terminate();
      Outcome outcome = process.await();

      assertThat(outcome.exitCode()).as(outcome.err()).isEqualTo(130);
      assertThat(outcome.out()).contains("\"kind\" : \"cancelled\"", "\"exit_code\" : 130");
      assertThat(outcome.err()).contains("keymerge: ").doesNotContain("\tat ");
    }
    assertThat(files()).isEqualTo(before);
  }

  @Test
  void anUnknownColumnIsAnsweredWithTheOneThatWasMeant() throws Exception {
    Outcome outcome =
        data.run(
            "merge", "--source", source.toString(), "--target", target.toString(), "--key", "idd");

    assertThat(outcome.exitCode()).isIn(2, 3);
    assertThat(outcome.err()).contains("idd").contains("id");
    assertUntouched(outcome);
  }

  @Test
  void duplicateKeysAreBadDataAndShown() throws Exception {
    List<Object[]> rows = new ArrayList<>(NamedRows.rows(15, 17, "new"));
    rows.addAll(NamedRows.rows(16, 18, "newer"));
    NamedRows.write(directory.resolve("duplicates.parquet"), rows);

    Outcome outcome = data.merge(directory.resolve("duplicates.parquet").toString(), "--json");

    assertThat(outcome.exitCode()).isEqualTo(3);
    assertThat(outcome.err()).contains("16");
    assertThat(outcome.out()).contains("\"kind\" : \"bad_data\"");
    assertUntouched(outcome);
  }

  @Test
  void aMissingSourceIsNamed() throws Exception {
    Outcome outcome = data.merge(directory.resolve("nowhere.parquet").toString());

    assertThat(outcome.exitCode()).isIn(2, 6);
    assertThat(outcome.err()).contains("nowhere.parquet");
    assertUntouched(outcome);
  }

  @Test
  void aMemoryLimitThatIsTooSmallIsRefusedWithTheSum() throws Exception {
    List<String> launched =
        List.of(
            "-D" + ProcessMemory.LIMIT_PROPERTY + "=256m",
            "-D" + ProcessMemory.HEAP_PROPERTY + "=1k",
            "-D" + ProcessMemory.NATIVE_PROPERTY + "=1k");

    Outcome outcome =
        KeymergeProcess.runLaunched(
            directory,
            launched,
            "merge",
            "--source",
            source.toString(),
            "--target",
            target.toString(),
            "--key",
            "id");

    assertThat(outcome.exitCode()).isEqualTo(4);
    assertUntouched(outcome);
  }

  @Test
  void optionsMayComeFromAFileAndTheEnvironment() throws Exception {
    Path options = directory.resolve("nightly.options");
    Files.writeString(options, "# every night\n--source changes.parquet\n--target target\n");
    Map<String, String> environment =
        Map.of("KEYMERGE_KEY", "id", "KEYMERGE_STRATEGY", "insert", "KEYMERGE_JSON", "true");

    Outcome outcome = KeymergeProcess.run(directory, environment, "merge", "@nightly.options");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("\"strategy\" : \"insert\"", "\"inserted\" : 5,", "\"updated\" : 0,");
  }

  @Test
  void aNewTargetIsMade() throws Exception {
    Path fresh = directory.resolve("fresh/deep");

    Outcome outcome =
        data.run(
            "merge", "--source", source.toString(), "--target", fresh.toString(), "--key", "id");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    try (Stream<Path> files = Files.list(fresh)) {
      assertThat(files.filter(file -> file.toString().endsWith(".parquet"))).hasSize(1);
    }
  }

  @Test
  void inspectShowsTheDatasetOnStandardOutput() throws Exception {
    Outcome outcome = data.run("inspect", target.toString(), "--key", "id");

    assertThat(outcome.exitCode()).as(outcome.err()).isZero();
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.out())
        .contains("20 rows, 2 files, 2 row groups")
        .contains("id (key)")
        .contains("10 .. 19")
        .contains("Advice");
  }

  @Test
  void inspectAsJsonHasTheNamesOfThePage() throws Exception {
    Outcome outcome = data.run("inspect", target.toString(), "--json");

    assertThat(JsonTest.names(outcome.out()))
        .containsExactly(
            "target", "key_columns", "rows", "bytes", "row_groups", "columns", "files", "advice");
  }

  @Test
  void theDemoMergesAndShowsTheCommandToTry() throws Exception {
    Outcome first = data.run("demo", "--scale", "0.002", "--memory", "256m");

    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out())
        .contains("Made demo/lineitem")
        .contains("not touched")
        .contains("rewritten")
        .contains("./keymerge merge --source demo/changes.parquet --target demo/lineitem");

    Outcome again =
        data.run(
            "merge",
            "--source",
            "demo/changes.parquet",
            "--target",
            "demo/lineitem",
            "--key",
            "l_orderkey,l_linenumber");

    assertThat(again.err()).contains("nothing to change");
    assertThat(data.run("demo", "--scale", "0.002", "--json").out())
        .startsWith("{")
        .contains("\"updated\"");
  }

  private void assertUntouched(Outcome outcome) throws IOException {
    assertThat(outcome.err()).contains("keymerge: ").doesNotContain("\tat ");
    assertThat(files().keySet()).containsExactly("a.parquet", "b.parquet");
    assertThat(data.names()).isEqualTo(expected(0, 20, "old", 20, 20, ""));
  }

  /** Returns every file below the target, hidden ones too, with its time and length. */
  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(target)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        files.put(
            target.relativize(path).toString(),
            Files.getLastModifiedTime(path) + " " + Files.size(path));
      }
    }
    return files;
  }

  private static Map<Long, String> expected(
      long from, long to, String name, long nextFrom, long nextTo, String nextName) {
    Map<Long, String> names = new TreeMap<>();
    NamedRows.rows(from, to, name).forEach(row -> names.put((Long) row[0], (String) row[1]));
    NamedRows.rows(nextFrom, nextTo, nextName)
        .forEach(row -> names.put((Long) row[0], (String) row[1]));
    return names;
  }
}
