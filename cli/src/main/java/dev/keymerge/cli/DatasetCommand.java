package dev.keymerge.cli;

import dev.keymerge.MergeEngine;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * Runs a command about one dataset that neither merges nor reads rows.
 *
 * <p>A journal that an interrupted merge has left is settled first by all of them.
 */
abstract class DatasetCommand implements Callable<Integer>, Reporting {
  private final Shell shell;
  private final Cancellation cancellation;

  @Parameters(
      index = "0",
      paramLabel = "T",
      description = "Directory of .parquet files, or one such file.")
  String target = "";

  @Mixin ReportOptions report = new ReportOptions();

  DatasetCommand(Shell shell, Cancellation cancellation) {
    this.shell = shell;
    this.cancellation = cancellation;
  }

  /**
   * Says that the work begins: unless a command says otherwise, a signal waits for its end.
   *
   * @throws dev.keymerge.MergeException.Cancelled if the signal has already come
   */
  void begin(Cancellation signals) {
    signals.startUninterruptible();
  }

  /** Does the work, and shows what came of it. The engine stays the caller's. */
  abstract void run(MergeEngine engine, Shell shell);

  /**
   * Shows the result of a change that is made.
   *
   * @param change what is done, the beginning of a sentence
   * @param result as a JSON document shows it
   * @param text the same for people
   */
  final void announce(String change, Object result, Supplier<String> text) {
    Announcement.of(
        change,
        () -> {
          shell.err().println(text.get());
          if (report.json) {
            shell.showResult(Json.document(result));
          }
        });
  }

  @Override
  public final ReportOptions report() {
    return report;
  }

  @Override
  public final Integer call() {
    ProcessMemory memory = ProcessMemory.of(ProcessMemory.Wanted.NOTHING, shell.properties());
    try (MergeEngine engine = MergeEngine.builder().memoryLimits(memory.engineLimits()).build()) {
      begin(cancellation);
      run(engine, shell);
    }
    return 0;
  }
}
