package dev.keymerge.cli;

import dev.keymerge.HistoryEntry;
import dev.keymerge.MergeEngine;
import java.util.List;
import picocli.CommandLine.Command;

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
final class HistoryCommand extends DatasetCommand {
  HistoryCommand(Shell shell, Cancellation cancellation) {
    super(shell, cancellation);
  }

  /**
   * Holds the history as a JSON document does.
   *
   * @param target the dataset as asked
   * @param entries oldest first
   */
  private record History(String target, List<HistoryEntry> entries) {}

  @Override
  void begin(Cancellation signals) {
    signals.startReading();
  }

  @Override
  void run(MergeEngine engine, Shell shell) {
    List<HistoryEntry> entries = engine.history(target);
    shell.showResult(
        report.json
            ? Json.document(new History(target, entries))
            : HistoryText.of(entries, target));
  }
}
