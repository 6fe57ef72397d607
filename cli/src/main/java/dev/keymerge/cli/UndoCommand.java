package dev.keymerge.cli;

import dev.keymerge.MergeEngine;
import dev.keymerge.UndoResult;
import picocli.CommandLine.Command;

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
final class UndoCommand extends DatasetCommand {
  UndoCommand(Shell shell, Cancellation cancellation) {
    super(shell, cancellation);
  }

  @Override
  void run(MergeEngine engine, Shell shell) {
    UndoResult result = engine.undo(target);
    announce(
        "The last merge into " + target + " is taken back",
        result,
        () -> HistoryText.of(result, target));
  }
}
