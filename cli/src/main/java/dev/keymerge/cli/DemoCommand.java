package dev.keymerge.cli;

import dev.keymerge.FileAction;
import dev.keymerge.FileChange;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.testdata.generate.LineItems;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes a small dataset and merges a day's changes into it, to show how it works. */
@Command(
    name = "demo",
    sortOptions = false,
    header = "Make a small dataset, and merge into it.",
    synopsisHeading = "%nUsage: ",
    customSynopsis = {"keymerge demo [OPTION...]"},
    description = {
      "",
      "Makes a small dataset (the line items of the TPC-H benchmark), merges the",
      "changes of one day into it, and shows how little had to be rewritten. The",
      "files stay, to try more with.",
      ""
    })
final class DemoCommand implements Callable<Integer>, Reporting {
  private static final double LARGEST_SCALE = 100;

  private final Shell shell;
  private final Cancellation cancellation;

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description = {
        "Where the files go (default demo). A directory that",
        "is not empty must be one of an earlier demo."
      })
  Path path = Path.of("demo");

  @Option(
      names = "--scale",
      paramLabel = "X",
      description = {"Size of the dataset; 1 is about 6 million rows", "(default 0.1)."})
  double scale = 0.1;

  @Mixin ResourceOptions resources = new ResourceOptions();
  @Mixin ProgressOption progress = new ProgressOption();
  @Mixin ReportOptions report = new ReportOptions();

  DemoCommand(Shell shell, Cancellation cancellation) {
    this.shell = shell;
    this.cancellation = cancellation;
  }

  @Override
  public ReportOptions report() {
    return report;
  }

  @Override
  public Integer call() {
    if (!(scale > 0 && scale <= LARGEST_SCALE)) {
      throw new MergeException.InvalidRequest(
          "--scale " + scale + " is not possible.", "Give a number above 0 and up to 100.");
    }
    ProgressStyle style = progress.style();
    ProcessMemory memory = resources.memory(shell);
    MergeRunner runner = new MergeRunner(shell, cancellation, resources.engine(memory));
    DemoDirectory directory = new DemoDirectory(path);
    // With --json, standard output is for the JSON alone.
    PrintStream text = report.json ? shell.err() : shell.out();
    makeData(directory, text);
    MergeRequest request =
        MergeRequest.builder()
            .source(Source.parquet(directory.source()))
            .target(directory.target())
            .keyColumns(DemoData.KEY)
            .build();
    MergeResult result = runner.merge(request, style);
    Announcement.of(
        "The merge into " + directory.target() + " is complete",
        () -> {
          text.println();
          text.println(
              MergeSummary.of(
                  result,
                  "Merged by " + String.join(", ", DemoData.KEY) + ":",
                  memory.limitBytes()));
          files(result, text);
          outlook(directory, text);
          if (report.json) {
            shell.showResult(Json.document(result));
          }
        });
    return 0;
  }

  private void makeData(DemoDirectory directory, PrintStream text) {
    try {
      directory.prepare();
      shell.err().println("Making the data in " + directory.path() + " ...");
      DemoData data = new DemoData(LineItems.ofScale(scale), directory);
      long start = System.nanoTime();
      DemoData.Written target = data.writeTarget();
      text.println(
          made(
              directory.target(),
              "the line items of " + Amounts.count(data.items().orders(), "order"),
              target,
              start));
      start = System.nanoTime();
      DemoData.Written source = data.writeSource();
      text.println(
          made(directory.source(), "what one day changes: deliveries, new orders", source, start));
    } catch (IOException e) {
      throw new MergeException.InputOutput(
          "Cannot make the demo in " + path + ": " + e,
          "Check the permissions and the space, or name another place: --directory DIR",
          e);
    }
  }

  private static String made(Path made, String what, DemoData.Written written, long start) {
    Duration time = Duration.ofNanos(System.nanoTime() - start);
    return String.format(
        "Made %s: %s (%s, %s, %s)",
        made,
        what,
        Amounts.count(written.files(), "file"),
        Amounts.bytes(written.bytes()),
        Amounts.time(time));
  }

  private static void files(MergeResult result, PrintStream text) {
    text.println();
    TextTable table = new TextTable("file", ">rows", ">size", "");
    for (FileChange file : result.files()) {
      table.add(
          file.path(),
          Amounts.count(file.rows()),
          Amounts.bytes(file.bytes()),
          file.action() == FileAction.KEPT ? "not touched" : Json.snakeCase(file.action().name()));
    }
    table.lines().forEach(text::println);
  }

  private static void outlook(DemoDirectory directory, PrintStream text) {
    text.println();
    text.println("Try it yourself; a second merge finds nothing to change:");
    text.println();
    text.println(
        "  ./keymerge merge --source "
            + directory.source()
            + " --target "
            + directory.target()
            + " \\");
    text.println("      --key " + String.join(",", DemoData.KEY));
    text.println(
        "  ./keymerge inspect " + directory.target() + " --key " + String.join(",", DemoData.KEY));
  }
}
