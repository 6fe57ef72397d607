package dev.keymerge.cli;

import dev.keymerge.Progress;
import java.io.PrintStream;

/**
 * Shows progress as one JSON object per line, with the names of {@link Progress} in snake case.
 * Thread-safe.
 */
final class ProgressJson implements ProgressDisplay {
  private final PrintStream out;
  private boolean closed;

  ProgressJson(PrintStream out) {
    this.out = out;
  }

  @Override
  public synchronized void onProgress(Progress progress) {
    if (!closed) {
      out.println(Json.line(progress));
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
  }
}
