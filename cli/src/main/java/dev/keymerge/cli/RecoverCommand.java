package dev.keymerge.cli;

import dev.keymerge.MergeEngine;
import dev.keymerge.RecoveryResult;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Settles what interrupted merges have left. */
@Command(
    name = "recover",
    sortOptions = false,
    header = "Finish or take back a merge that was interrupted.",
    synopsisHeading = "%nUsage: ",
    customSynopsis = {"keymerge recover T [OPTION...]"},
    description = {
      "",
      "If a merge was interrupted after it had been decided, completes it; if it was",
      "interrupted before, removes what it has left. Every merge does so first, so",
      "this is needed only to have the dataset whole without merging.",
      ""
    },
    footer = {"", "Example:", "  keymerge recover orders/"})
final class RecoverCommand implements Callable<Integer>, Reporting {
  private final Shell shell;
  private final Cancellation cancellation;

  @Parameters(
      index = "0",
      paramLabel = "T",
      description = "Directory of .parquet files, or one such file.")
  String target = "";

  @Mixin ReportOptions report = new ReportOptions();

  RecoverCommand(Shell shell, Cancellation cancellation) {
    this.shell = shell;
    this.cancellation = cancellation;
  }

  @Override
  public ReportOptions report() {
    return report;
  }

  @Override
  public Integer call() {
    ProcessMemory memory = ProcessMemory.of(ProcessMemory.Wanted.NOTHING, shell.properties());
    try (MergeEngine engine = MergeEngine.builder().memoryLimits(memory.engineLimits()).build()) {
      cancellation.startUninterruptible();
      RecoveryResult result = engine.recover(target);
      shell.err().println(HistoryText.of(result, target));
      if (report.json) {
        shell.out().println(Json.document(result));
      }
    }
    return 0;
  }
}
