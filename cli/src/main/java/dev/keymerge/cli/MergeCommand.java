package dev.keymerge.cli;

import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Merges a source into a target. */
@Command(
    name = "merge",
    sortOptions = false,
    header = "Merge rows into a dataset by key.",
    synopsisHeading = "%nUsage: ",
    customSynopsis = {
      "keymerge merge --source S --target T --key COL[,COL...] [OPTION...]",
    },
    description = {
      "",
      "Merges the rows of a source into a Parquet dataset by key. Files without a",
      "changed row are not touched; in the others, what does not change is copied",
      "as it is. The dataset changes all at once or not at all.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  Update rows that exist, insert the others:",
      "    keymerge merge --source changes.parquet --target orders/ --key order_id",
      "  Make the target hold exactly what the source holds:",
      "    keymerge merge --source 'snapshot/*.parquet' --target orders/ \\",
      "        --key order_id,line --strategy sync",
      "  Apply a log of changes, in which op=D deletes and the newest row counts:",
      "    keymerge merge --source log/ --target orders/ --key order_id \\",
      "        --order-by changed_at --on-duplicate last --delete-when op=D",
      "  Merge what another program writes, within half a gigabyte:",
      "    other-program | keymerge merge --source - --target orders/ \\",
      "        --key order_id --memory 512m",
      "  See what would happen, for a program to read:",
      "    keymerge merge --dry-run --json @nightly.options"
    })
final class MergeCommand implements Callable<Integer>, Reporting {
  private final Shell shell;
  private final Cancellation cancellation;

  @Option(
      names = "--source",
      required = true,
      paramLabel = "S",
      description = {
        "Rows to merge in: a file, a directory, a pattern in",
        "quotes such as 'new/*.parquet', or - for an Arrow",
        "IPC stream on standard input."
      })
  String source = "";

  @Option(
      names = "--target",
      required = true,
      paramLabel = "T",
      description = {
        "Dataset to change: a directory of .parquet files or",
        "one such file. It may not exist yet."
      })
  String target = "";

  @Option(
      names = "--key",
      required = true,
      paramLabel = "COL[,COL...]",
      description = "Columns that say which rows are the same.")
  List<String> key = new ArrayList<>();

  @Option(
      names = "--source-format",
      paramLabel = "FORMAT",
      completionCandidates = Choice.SourceFormats.class,
      description = {
        "parquet, arrow (IPC file), arrow-stream, or detect",
        "(default): by the first bytes, else the ending."
      })
  String sourceFormat = "detect";

  @Option(names = "--dry-run", description = "Only say what the merge would do.")
  boolean dryRun;

  @Mixin ProgressOption progress = new ProgressOption();
  @Mixin ReportOptions report = new ReportOptions();

  @ArgGroup(validate = false, heading = "%nRows:%n")
  MergeOptions.Rows rows = new MergeOptions.Rows();

  @ArgGroup(validate = false, heading = "%nColumns:%n")
  MergeOptions.Columns columns = new MergeOptions.Columns();

  @ArgGroup(
      validate = false,
      heading = "%nFiles of inserted rows (rewritten files keep what they have):%n")
  MergeOptions.NewFiles newFiles = new MergeOptions.NewFiles();

  @ArgGroup(validate = false, heading = "%nOther merges:%n")
  CommitOptions commit = new CommitOptions();

  @ArgGroup(validate = false, heading = "%nResources:%n")
  ResourceOptions resources = new ResourceOptions();

  MergeCommand(Shell shell, Cancellation cancellation) {
    this.shell = shell;
    this.cancellation = cancellation;
  }

  @Override
  public ReportOptions report() {
    return report;
  }

  @Override
  public Integer call() {
    MergeRequest.Builder request =
        MergeRequest.builder()
            .source(source())
            .target(target)
            .keyColumns(ColumnList.parse("--key", key));
    new MergeOptions(rows, columns, newFiles).applyTo(request);
    commit.applyTo(request);
    ProgressStyle style = progress.style();
    ProcessMemory memory = resources.memory(shell);
    MergeRunner runner = new MergeRunner(shell, cancellation, resources.engine(memory));
    if (dryRun) {
      show(runner.plan(request.build(), style), memory);
    } else {
      MergeResult result = runner.merge(request.build(), style);
      Announcement.of("The merge into " + target + " is complete", () -> show(result, memory));
    }
    return 0;
  }

  private void show(MergeResult result, ProcessMemory memory) {
    shell.err().println(MergeSummary.of(result, headline(result), memory.limitBytes()));
    if (report.json) {
      shell.showResult(Json.document(result));
    }
  }

  private Source source() {
    SourceFormatName format = Choice.parse("--source-format", SourceFormatName.class, sourceFormat);
    if (!source.equals("-")) {
      return Source.of(source, format.format());
    }
    if (format != SourceFormatName.DETECT && format != SourceFormatName.ARROW_STREAM) {
      throw new MergeException.InvalidRequest(
          "Standard input cannot be read as " + sourceFormat + ".",
          "Write an Arrow IPC stream to it, or name a file instead of -.");
    }
    return Source.arrowStream(shell.in());
  }

  private String headline(MergeResult result) {
    String from = source.equals("-") ? "standard input" : source;
    String what =
        " "
            + from
            + " into "
            + target
            + " by "
            + String.join(", ", result.keyColumns())
            + " ("
            + result.strategy()
            + ")";
    if (result.dryRun()) {
      return "Dry run: nothing was changed. Merging" + what + " would do this:";
    }
    return result.targetUnchanged()
        ? "Merged" + what + ": nothing to change, every file is as it was"
        : "Merged" + what;
  }
}
