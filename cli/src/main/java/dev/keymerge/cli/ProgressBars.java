package dev.keymerge.cli;

import dev.keymerge.MergePhase;
import dev.keymerge.Progress;
import java.io.PrintStream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Shows progress as one bar per phase, drawn over itself; the bars of finished phases stay above
 * it. Thread-safe.
 */
final class ProgressBars implements ProgressDisplay {
  private static final int INTERVAL_MILLIS = 100;

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
    ProgressBar current = bar;
    if (current == null || progress.phase() != phase) {
      complete();
      finish();
      phase = progress.phase();
      if (phase == MergePhase.DONE) {
        return;
      }
      current = start(progress.phase());
      bar = current;
    }
    boolean files = countsFiles(progress.phase());
    current.maxHint(files ? progress.filesTotal() : progress.rowsTotal());
    current.stepTo(files ? progress.filesDone() : progress.rowsDone());
  }

  @Override
  public synchronized void close() {
    closed = true;
    finish();
  }

  private ProgressBar start(MergePhase newPhase) {
    char full = shell.unicode() ? '\u2588' : '#';
    char empty = shell.unicode() ? '\u2591' : '.';
    return new ProgressBarBuilder()
        .setTaskName(ProgressDisplay.title(newPhase))
        .setInitialMax(-1)
        .setRenderer(new BarRenderer(countsFiles(newPhase) ? "file" : "row", full, empty))
        .setUpdateIntervalMillis(INTERVAL_MILLIS)
        .setConsumer(new Line(shell.err(), shell.columns()))
        .build();
  }

  private static boolean countsFiles(MergePhase phase) {
    return phase == MergePhase.WAITING
        || phase == MergePhase.PLANNING
        || phase == MergePhase.COMMITTING;
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
