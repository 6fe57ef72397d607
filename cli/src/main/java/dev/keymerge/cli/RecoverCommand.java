package dev.keymerge.cli;

import dev.keymerge.MergeEngine;
import dev.keymerge.RecoveryResult;
import picocli.CommandLine.Command;

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
final class RecoverCommand extends DatasetCommand {
  RecoverCommand(Shell shell, Cancellation cancellation) {
    super(shell, cancellation);
  }

  @Override
  void run(MergeEngine engine, Shell shell) {
    RecoveryResult result = engine.recover(target);
    announce(target + " is recovered", result, () -> HistoryText.of(result, target));
  }
}
