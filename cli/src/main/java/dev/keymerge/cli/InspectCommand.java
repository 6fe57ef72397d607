package dev.keymerge.cli;

import dev.keymerge.DatasetInfo;
import dev.keymerge.MergeEngine;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows what a dataset consists of. */
@Command(
    name = "inspect",
    sortOptions = false,
    header = "Show what a dataset consists of, and advise.",
    synopsisHeading = "%nUsage: ",
    customSynopsis = {"keymerge inspect T [--key COL[,COL...]] [OPTION...]"},
    description = {
      "",
      "Shows the files, row groups, sizes, codecs and indexes of a Parquet dataset,",
      "and what would make merges into it cheaper. Reads footers only.",
      ""
    },
    footer = {"", "Example:", "  keymerge inspect orders/ --key order_id"})
final class InspectCommand extends DatasetCommand {
  @Option(
      names = "--key",
      paramLabel = "COL[,COL...]",
      description = "Show the ranges and indexes of these key columns.")
  List<String> key = new ArrayList<>();

  @Option(names = "--all", description = "Show every file, not only the first 20.")
  boolean all;

  InspectCommand(Shell shell, Cancellation cancellation) {
    super(shell, cancellation);
  }

  @Override
  void begin(Cancellation signals) {
    signals.startReading();
  }

  @Override
  void run(MergeEngine engine, Shell shell) {
    DatasetInfo info = engine.inspect(target, ColumnList.parse("--key", key));
    shell.showResult(report.json ? Json.document(info) : InspectionText.of(info, all));
  }
}
