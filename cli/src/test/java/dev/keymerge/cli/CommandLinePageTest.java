package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Keeps the page about the command line true to what the program has. */
class CommandLinePageTest {
  private static final Path PAGE = Path.of("../docs/command-line.md");
  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z-]*");

  private static String page = "";

  @BeforeAll
  static void readPage() throws IOException {
    page = Files.readString(PAGE);
  }

  @Test
  void everyCommandHasASectionWithEachOfItsOptions() {
    for (Map.Entry<String, CommandLine> command : commands().getSubcommands().entrySet()) {
      String section = section(command.getKey());
      for (OptionSpec option : command.getValue().getCommandSpec().options()) {
        if (!option.usageHelp() && !option.versionHelp()) {
          assertThat(section)
              .as("section " + command.getKey())
              .contains("`" + option.longestName());
        }
      }
    }
  }

  @Test
  void noOptionIsDescribedThatDoesNotExist() {
    TreeSet<String> existing = new TreeSet<>();
    commands().getCommandSpec().optionsMap().keySet().forEach(existing::add);
    for (CommandLine command : commands().getSubcommands().values()) {
      existing.addAll(command.getCommandSpec().optionsMap().keySet());
    }
    // The page shows what the answer to this slip is.
    existing.add("--sorce");

    assertThat(OPTION.matcher(page).results().map(MatchResult::group)).isSubsetOf(existing);
  }

  @Test
  void everyNameOfTheJsonIsDescribed() throws IOException {
    String section = section("The result as JSON");

    for (String name : JsonTest.names(Json.document(Results.everyNumberDifferent()))) {
      assertThat(section).contains("`" + name + "`");
    }
    assertThat(section).contains("`path`", "`action`", "`rows`", "`bytes`");
  }

  @Test
  void everyWordThatAnOptionTakesIsDescribed() {
    for (CommandLine command : commands().getSubcommands().values()) {
      for (OptionSpec option : command.getCommandSpec().options()) {
        if (option.completionCandidates() != null) {
          option
              .completionCandidates()
              .forEach(word -> assertThat(page).contains("`" + word + "`"));
        }
      }
    }
  }

  @Test
  void everyExitCodeIsDescribedWithItsKind() {
    for (String row :
        new String[] {
          "| 0 | done",
          "`internal` |",
          "`invalid_request` |",
          "`bad_data` |",
          "`limit_exceeded` |",
          "`conflict` |",
          "`input_output` |",
          "`outcome_unknown` |",
          "`cancelled` |"
        }) {
      assertThat(section("Exit codes")).contains(row);
    }
    assertThat(Arrays.asList(Failure.INTERNAL, Failure.USAGE, Cancellation.OUTCOME_UNKNOWN))
        .allSatisfy(code -> assertThat(section("Exit codes")).contains("| " + code + " |"));
    assertThat(section("Exit codes")).contains("| " + Cancellation.CANCELLED + " |");
  }

  private static CommandLine commands() {
    Shell shell = new RecordingShell().shell();
    return new Program(shell, new Cancellation(shell)).commandLine();
  }

  private static String section(String heading) {
    int start = page.indexOf("\n## " + heading + "\n");
    assertThat(start).as("section " + heading).isPositive();
    int end = page.indexOf("\n## ", start + 1);
    return page.substring(start, end < 0 ? page.length() : end);
  }
}
