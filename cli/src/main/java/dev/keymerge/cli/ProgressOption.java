package dev.keymerge.cli;

import picocli.CommandLine.Option;

/** Says how progress is shown. Filled by the parser. */
final class ProgressOption {
  @Option(
      names = "--progress",
      paramLabel = "STYLE",
      completionCandidates = Choice.ProgressStyles.class,
      description = {
        "bar, json (one object per line), none, or auto",
        "(default): a bar on a terminal, else plain lines."
      })
  String progress = "auto";

  /** Returns the style that was asked for. */
  ProgressStyle style() {
    return Choice.parse("--progress", ProgressStyle.class, progress);
  }
}
