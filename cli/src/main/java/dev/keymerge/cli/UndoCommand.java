package dev.keymerge.cli;

import dev.keymerge.MergeEngine;
import dev.keymerge.UndoResult;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes the last merge back. */
@Command(
    name = "undo",
    sortOptions = false,
    header = "Take back the last merge.",
    synopsisHeading = "%nUsage: ",
    customSynopsis = {"keymerge undo T [OPTION...]"},
    description = {
      "",
      "Restores the version of a dataset before the last merge into it, if that was",
      "run with --keep-previous and nobody has changed its files since. All at once",
      "or not at all, as a merge is.",
      ""
    },
    footer = {"", "Example:", "  keymerge undo orders/"})
final class UndoCommand implements Callable<Integer>, Reporting {
  private final Shell shell;
  private final Cancellation cancellation;

  @Parameters(
      index = "0",
      paramLabel = "T",
      description = "Directory of .parquet files, or one such file.")
  String target = "";

  @Mixin ReportOptions report = new ReportOptions();

  UndoCommand(Shell shell, Cancellation cancellation) {
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
      UndoResult result = engine.undo(target);
      shell.err().println(HistoryText.of(result, target));
      if (report.json) {
        shell.out().println(Json.document(result));
      }
    }
    return 0;
  }
}
