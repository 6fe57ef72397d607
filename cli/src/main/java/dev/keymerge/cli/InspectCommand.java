package dev.keymerge.cli;

import dev.keymerge.DatasetInfo;
import dev.keymerge.MergeEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
final class InspectCommand implements Callable<Integer>, Reporting {
  private final Shell shell;
  private final Cancellation cancellation;

  @Parameters(
      index = "0",
      paramLabel = "T",
      description = "Directory of .parquet files, or one such file.")
  String target = "";

  @Option(
      names = "--key",
      paramLabel = "COL[,COL...]",
      description = "Show the ranges and indexes of these key columns.")
  List<String> key = new ArrayList<>();

  @Option(names = "--all", description = "Show every file, not only the first 20.")
  boolean all;

  @Mixin ReportOptions report = new ReportOptions();

  InspectCommand(Shell shell, Cancellation cancellation) {
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
      // A journal that an interrupted merge has left is settled first.
      cancellation.startUninterruptible();
      DatasetInfo info = engine.inspect(target, ColumnList.parse("--key", key));
      shell.out().println(report.json ? Json.document(info) : InspectionText.of(info, all));
    }
    return 0;
  }
}
