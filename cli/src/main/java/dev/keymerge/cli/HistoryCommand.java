package dev.keymerge.cli;

import dev.keymerge.HistoryEntry;
import dev.keymerge.MergeEngine;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows what was merged into a dataset. */
@Command(
    name = "history",
    sortOptions = false,
    header = "Show what was merged into a dataset, when and by whom.",
    synopsisHeading = "%nUsage: ",
    customSynopsis = {"keymerge history T [OPTION...]"},
    description = {
      "",
      "Lists the merges that changed a dataset, and those that were taken back, the",
      "latest last.",
      ""
    },
    footer = {"", "Example:", "  keymerge history orders/"})
final class HistoryCommand implements Callable<Integer>, Reporting {
  private final Shell shell;
  private final Cancellation cancellation;

  @Parameters(
      index = "0",
      paramLabel = "T",
      description = "Directory of .parquet files, or one such file.")
  String target = "";

  @Mixin ReportOptions report = new ReportOptions();

  HistoryCommand(Shell shell, Cancellation cancellation) {
    this.shell = shell;
    this.cancellation = cancellation;
  }

  @Override
  public ReportOptions report() {
    return report;
  }

  /**
   * Holds the history as a JSON document does.
   *
   * @param target the dataset as asked
   * @param entries oldest first
   */
  private record History(String target, List<HistoryEntry> entries) {}

  @Override
  public Integer call() {
    ProcessMemory memory = ProcessMemory.of(ProcessMemory.Wanted.NOTHING, shell.properties());
    try (MergeEngine engine = MergeEngine.builder().memoryLimits(memory.engineLimits()).build()) {
      // A journal that an interrupted merge has left is settled first.
      cancellation.startUninterruptible();
      List<HistoryEntry> entries = engine.history(target);
      shell
          .out()
          .println(
              report.json
                  ? Json.document(new History(target, entries))
                  : HistoryText.of(entries, target));
    }
    return 0;
  }
}
