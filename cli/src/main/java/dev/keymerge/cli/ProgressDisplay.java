package dev.keymerge.cli;

import dev.keymerge.MergePhase;
import dev.keymerge.Progress;
import dev.keymerge.ProgressListener;

/**
 * Shows on standard error how far a merge has come.
 *
 * <p>Heard from on one thread and closed on another, so every display is synchronized; after {@link
 * #close} it shows nothing more, and what is printed then stands on a line of its own.
 */
sealed interface ProgressDisplay extends ProgressListener, AutoCloseable
    permits ProgressBars, ProgressLines, ProgressJson, ProgressDisplay.Silent {
  @Override
  void close();

  /** Returns the display that {@code style} asks for. */
  static ProgressDisplay open(ProgressStyle style, Shell shell) {
    return switch (style) {
      case AUTO -> shell.terminal() ? new ProgressBars(shell) : new ProgressLines(shell.err());
      case BAR -> new ProgressBars(shell);
      case JSON -> new ProgressJson(shell.err());
      case NONE -> new Silent();
    };
  }

  /** Returns what a merge is doing, in two words that start a line. */
  static String title(MergePhase phase) {
    return switch (phase) {
      case WAITING -> "Waiting";
      case PLANNING -> "Planning";
      case READING_SOURCE -> "Reading source";
      case MERGING_FILES -> "Merging files";
      case APPENDING -> "Adding rows";
      case COMMITTING -> "Committing";
      case DONE -> "Done";
    };
  }

  /** Shows nothing. */
  final class Silent implements ProgressDisplay {
    @Override
    public void onProgress(Progress progress) {}

    @Override
    public void close() {}
  }
}
