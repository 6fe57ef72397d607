package dev.keymerge.cli;

import dev.keymerge.MergePhase;
import dev.keymerge.Progress;
import java.io.PrintStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Shows progress as plain lines for a log: one when a phase begins, and one every ten seconds while
 * it lasts. Thread-safe.
 */
final class ProgressLines implements ProgressDisplay {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  private final PrintStream out;
  private @Nullable MergePhase phase;
  private Duration next = Duration.ZERO;
  private boolean closed;

  ProgressLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void onProgress(Progress progress) {
    boolean begins = progress.phase() != phase;
    if (closed
        || progress.phase() == MergePhase.DONE
        || (!begins && progress.elapsed().compareTo(next) < 0)) {
      return;
    }
    phase = progress.phase();
    next = progress.elapsed().plus(INTERVAL);
    out.println(line(progress));
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  private static String line(Progress progress) {
    StringBuilder line = new StringBuilder(ProgressDisplay.title(progress.phase()));
    if (progress.rowsTotal() >= 0) {
      line.append(": ").append(Amounts.count(progress.rowsDone()));
      line.append(" of ").append(Amounts.count(progress.rowsTotal(), "row"));
    } else if (progress.rowsDone() > 0) {
      line.append(": ").append(Amounts.count(progress.rowsDone(), "row"));
    } else if (progress.filesTotal() >= 0) {
      line.append(": ").append(Amounts.count(progress.filesDone()));
      line.append(" of ").append(Amounts.count(progress.filesTotal(), "file"));
    }
    line.append(" (").append(Amounts.time(progress.elapsed()));
    line.append(", ").append(Amounts.bytes(progress.memoryUsedBytes())).append(" in use)");
    return line.toString();
  }
}
