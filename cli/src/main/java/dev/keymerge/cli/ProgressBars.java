package dev.keymerge.cli;

import dev.keymerge.MergePhase;
import dev.keymerge.Progress;
import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows progress as one bar per phase, drawn over itself; the bars of finished phases stay above
 * it. Thread-safe.
 */
final class ProgressBars implements ProgressDisplay {
  private static final int INTERVAL_MILLIS = 100;
  private static final int TITLE_LENGTH = 15;

  private final Shell shell;
  private @Nullable MergePhase phase;
  private @Nullable ProgressBar bar;
  private boolean closed;

  ProgressBars(Shell shell) {
    this.shell = shell;
  }

  @Override
  public synchronized void onProgress(Progress progress) {
    if (closed) {
      return;
    }
    boolean rows = progress.rowsTotal() >= 0 || progress.rowsDone() > 0;
    ProgressBar current = bar;
    if (current == null || progress.phase() != phase) {
      complete();
      finish();
      phase = progress.phase();
      if (phase == MergePhase.DONE) {
        return;
      }
      current = start(progress.phase(), rows ? " rows" : " files");
      bar = current;
    }
    current.maxHint(rows ? progress.rowsTotal() : progress.filesTotal());
    current.stepTo(rows ? progress.rowsDone() : progress.filesDone());
    current.setExtraMessage(" " + Amounts.bytes(progress.memoryUsedBytes()));
  }

  @Override
  public synchronized void close() {
    closed = true;
    finish();
  }

  private ProgressBar start(MergePhase newPhase, String unit) {
    return new ProgressBarBuilder()
        .setTaskName(String.format("%-" + TITLE_LENGTH + "s", ProgressDisplay.title(newPhase)))
        .setInitialMax(-1)
        .setStyle(shell.unicode() ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
        .setUnit(unit, 1)
        .setUpdateIntervalMillis(INTERVAL_MILLIS)
        .setConsumer(new Line(shell.err(), shell.columns()))
        .build();
  }

  /** Fills the bar of a phase that is over, whose last step may not have been told. */
  private void complete() {
    if (bar != null && bar.getMax() > 0) {
      bar.stepTo(bar.getMax());
    }
  }

  private void finish() {
    if (bar != null) {
      bar.close();
      shell.err().println();
      bar = null;
    }
  }

  /**
   * Draws each state of a bar over the one before.
   *
   * <p>The library's own consumer asks a terminal library for the width, which starts a process.
   */
  private static final class Line implements ProgressBarConsumer {
    private final PrintStream out;
    private final int columns;

    Line(PrintStream out, int columns) {
      this.out = out;
      this.columns = columns;
    }

    @Override
    public int getMaxRenderedLength() {
      // A line that is full to the last column wraps on some terminals.
      return columns - 1;
    }

    @Override
    public void accept(String text) {
      out.print("\r" + text);
      out.flush();
    }

    @Override
    public void clear() {
      out.print("\r" + " ".repeat(columns - 1) + "\r");
    }

    /**
     * Does nothing: the line is ended when the bar is, and not when the library's own thread gets
     * to it.
     */
    @Override
    public void close() {}
  }
}
