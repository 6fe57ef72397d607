package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checks what is said about command lines that cannot be understood, before any file is touched.
 */
class UsageTest {
  private static final String[] MERGE = {
    "merge", "--source", "s.parquet", "--target", "t", "--key", "id"
  };

  @TempDir private Path temporary;
  private final RecordingShell shell = new RecordingShell();

  @Test
  void helpFitsIntoEightyColumns() {
    for (String command : new String[] {"merge", "inspect", "demo", "generate-completion"}) {
      assertThat(shell.run(command, "--help")).isZero();
      assertThat(shell.out().lines()).allSatisfy(line -> assertThat(line).hasSizeLessThan(81));
    }
  }

  @Test
  void helpHasExamplesAndNoTracesOfItsMakers() {
    assertThat(shell.run("merge", "--help")).isZero();

    assertThat(shell.out()).contains("Examples:").contains("60 % of what the container has");
    assertThat(shell.err()).isEmpty();
  }

  @Test
  void theVersionIsToldWithTheJava() {
    assertThat(shell.run("--version")).isZero();

    assertThat(shell.out()).matches("(?s)keymerge \\d+\\.\\d+.*Java \\d+.*");
  }

  @Test
  void completionIsGenerated() {
    assertThat(shell.run("generate-completion")).isZero();

    assertThat(shell.out())
        .contains("--on-duplicate")
        .contains("\"sync\"")
        .contains("arrow-stream");
  }

  @Test
  void aCommandIsNeeded() {
    assertUsage("A command is missing.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--evolve", "--move-partitions", "--report"})
  void optionsThatDoNotExistAreUnknown(String option) {
    assertUsage("Unknown option: '" + option + "'.", "merge", option);
  }

  @Test
  void aSlipOfTheKeyboardGetsASuggestion() {
    assertUsage("Did you mean --strategy?", with("--stratgy", "sync"));
    assertUsage("Did you mean merge", "mrge");
  }

  @Test
  void aPatternThatTheShellExpandedIsRecognized() {
    assertUsage("in quotes", with("b.parquet", "c.parquet"));
  }

  @Test
  void whatIsMissingIsNamed() {
    assertUsage("Missing: --target, --key.", "merge", "--source", "s");
    assertUsage(
        "A value is missing after --key.", "merge", "--source", "s", "--target", "t", "--key");
    assertUsage("Missing: T.", "inspect");
  }

  @ParameterizedTest
  @CsvSource({
    "--strategy, upsrt, 'Use one of: upsert, insert, update, delete, sync.'",
    "--on-duplicate, any, 'Use one of: fail, first, last.'",
    "--null-keys, maybe, 'Use one of: match, never, fail.'",
    "--progress, dots, 'Use one of: auto, bar, json, none.'",
    "--source-format, orc, 'Use one of: detect, parquet, arrow, arrow-stream.'",
    "--codec, rar, 'Use zstd'",
    "--codec, zstd:99, 'from 1 to 19'",
    "--memory, much, 'like 512m'",
    "--threads, 0, 'at least one thread'",
    "--threads, many, 'not a whole number'",
    "--row-group-rows, 0, 'at least one row'",
    "--max-file-rows, -1, 'at least one row'",
    "--delete-when, op, '--delete-when op=D'",
    "--update-columns, 'a,,b', 'Separate names by commas'"
  })
  void aValueThatMakesNoSenseIsAnsweredWithOnesThatDo(String option, String value, String answer) {
    assertUsage(answer, with(option, value));
  }

  @Test
  void updateColumnsAndKeepColumnsExcludeEachOther() {
    assertUsage("exclude each other", with("--update-columns", "a", "--keep-columns", "b"));
  }

  @Test
  void standardInputIsAnArrowStream() {
    assertUsage(
        "Standard input cannot be read as parquet.",
        "merge",
        "--source",
        "-",
        "--target",
        "t",
        "--key",
        "id",
        "--source-format",
        "parquet");
  }

  @Test
  void theEnvironmentGivesWhatTheCommandLineDoesNot() {
    shell.with("KEYMERGE_STRATEGY", "nonsense").with("KEYMERGE_KEY", "id");
    assertUsage(
        "Unknown value for --strategy: 'nonsense'.", "merge", "--source", "s", "--target", "t");
  }

  @Test
  void theCommandLineWinsOverTheEnvironment() {
    shell.with("KEYMERGE_STRATEGY", "nonsense");
    assertUsage("Unknown value for --strategy: 'other'.", with("--strategy", "other"));
  }

  @Test
  void anEmptyVariableIsNone() {
    shell.with("KEYMERGE_STRATEGY", "").with("KEYMERGE_THREADS", " ");
    assertUsage("Unknown value for --null-keys", with("--null-keys", "x"));
  }

  @Test
  void flagsInTheEnvironmentAreTrueOrFalse() {
    shell.with("KEYMERGE_DRY_RUN", "perhaps");
    assertUsage("neither true nor false", MERGE);
  }

  @Test
  void optionsMayStandInAFile() throws IOException {
    Path options = temporary.resolve("options");
    Files.writeString(
        options, "# nightly\n--source s.parquet\n--target 'a b'\n--key id\n--strategy nonsense\n");

    assertUsage("Unknown value for --strategy: 'nonsense'.", "merge", "@" + options);
  }

  @Test
  void aMissingFileOfOptionsIsNamed() {
    assertUsage("The file of options 'nowhere' cannot be read.", "merge", "@nowhere");
  }

  @Test
  void withJsonAFailureIsOneObjectOnStandardOutput() throws IOException {
    assertThat(shell.run(with("--strategy", "x", "--json"))).isEqualTo(2);
    assertThat(JsonTest.names(shell.out())).containsExactly("error");
    assertThat(shell.out())
        .contains("\"kind\" : \"invalid_request\"")
        .contains("\"exit_code\" : 2");
  }

  @Test
  void withJsonInTheEnvironmentAFailureIsJsonToo() throws IOException {
    shell.with("KEYMERGE_JSON", "true");
    assertThat(shell.run(with("--strategy", "x"))).isEqualTo(2);
    assertThat(JsonTest.names(shell.out())).containsExactly("error");
  }

  @Test
  void aStackTraceIsShownOnlyOnRequest() {
    shell.run(with("--strategy", "x"));
    assertThat(shell.err()).doesNotContain("\tat ");

    shell.run(with("--strategy", "x", "--debug"));
    assertThat(shell.err()).contains("\tat ");
  }

  private void assertUsage(String expected, String... words) {
    assertThat(shell.run(words)).isEqualTo(2);
    assertThat(shell.err()).startsWith("keymerge: ").contains(expected);
    assertThat(shell.err().lines().skip(1)).allSatisfy(line -> assertThat(line).startsWith("  "));
    assertThat(shell.out()).isEmpty();
  }

  private static String[] with(String... more) {
    String[] words = Arrays.copyOf(MERGE, MERGE.length + more.length);
    System.arraycopy(more, 0, words, MERGE.length, more.length);
    return words;
  }
}
