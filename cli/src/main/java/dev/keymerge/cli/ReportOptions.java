package dev.keymerge.cli;

import picocli.CommandLine.Option;

/** Says how a command reports; every command has these options. Filled by the parser. */
final class ReportOptions {
  @Option(
      names = "--json",
      description = {
        "Print one JSON object to standard output, and nothing",
        "else; also on failure."
      })
  boolean json;

  @Option(names = "--debug", description = "Add the stack trace to the message of a failure.")
  boolean debug;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;
}
