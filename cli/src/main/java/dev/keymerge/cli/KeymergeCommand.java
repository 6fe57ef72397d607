package dev.keymerge.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Is the command without a subcommand: shows help and version. */
@Command(
    name = "keymerge",
    versionProvider = Version.class,
    synopsisHeading = "Usage: ",
    customSynopsis = "keymerge COMMAND [OPTION...]",
    description = {
      "",
      "Merges rows into a Parquet dataset by key: on one machine, inside a",
      "fixed memory limit, all at once or not at all.",
      ""
    },
    commandListHeading = "%nCommands:%n",
    footer = {
      "",
      "Try it:",
      "  keymerge demo",
      "  keymerge merge --source changes.parquet --target orders/ --key order_id",
      "",
      "'keymerge COMMAND --help' explains a command and its options. Every option",
      "can also be written to a file (@FILE) or set in the environment:",
      "KEYMERGE_MEMORY=512m stands for --memory 512m.",
      "",
      "Exit codes: 0 done, 2 usage, 3 bad data, 4 memory or disk limit, 5 conflict,",
      "6 input or output, 7 outcome unknown, 130 cancelled; 1 is a fault of the program."
    })
final class KeymergeCommand implements Runnable {
  @Spec @Nullable CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version and exit.")
  boolean version;

  @Override
  public void run() {
    if (spec != null) {
      throw new ParameterException(spec.commandLine(), "A command is missing.");
    }
  }
}
