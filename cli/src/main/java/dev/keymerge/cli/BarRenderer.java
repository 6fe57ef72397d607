package dev.keymerge.cli;

import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBarRenderer;
import me.tongfei.progressbar.ProgressState;

/**
 * Draws the state of a phase on one line: title, share, bar, amounts, time.
 *
 * <p>Where the total is not known, share and bar are left out. Where the line is short, the bar
 * shrinks and then goes, and what still does not fit is cut off. Immutable.
 */
final class BarRenderer implements ProgressBarRenderer {
  private static final String TITLE = "%-16s";
  private static final int LEAST_BAR = 5;
  private static final int MOST_BAR = 30;

  /** Guesses of what is left are wild at first. */
  private static final Duration TOO_EARLY_TO_GUESS = Duration.ofSeconds(3);

  private final String unit;
  private final char full;
  private final char empty;

  /**
   * Creates a renderer.
   *
   * @param unit what is counted, in the singular
   * @param full sign for what is done
   * @param empty sign for what is left
   */
  BarRenderer(String unit, char full, char empty) {
    this.unit = unit;
    this.full = full;
    this.empty = empty;
  }

  @Override
  public String render(ProgressState state, int length) {
    String title = String.format(Locale.ROOT, TITLE, state.getTaskName());
    long done = state.getCurrent();
    String line;
    if (state.isIndefinite() || state.getMax() <= 0) {
      String count = done > 0 ? Amounts.count(done, unit) + "  " : "";
      line = title + count + tail(state);
    } else {
      double share = Math.min(1, (double) done / state.getMax());
      String amounts =
          " "
              + Amounts.count(done)
              + " of "
              + Amounts.count(state.getMax(), unit)
              + "  "
              + tail(state);
      String percent = String.format(Locale.ROOT, "%3d %%  ", (int) (share * 100));
      int room = length - title.length() - percent.length() - amounts.length();
      line = title + percent + bar(share, Math.min(MOST_BAR, room - 1)) + amounts;
    }
    // Trailing blanks cover what a longer line left behind.
    return line.length() >= length
        ? line.substring(0, length)
        : line + " ".repeat(length - line.length());
  }

  private String bar(double share, int length) {
    if (length < LEAST_BAR) {
      return "";
    }
    int filled = (int) (share * length);
    return String.valueOf(full).repeat(filled)
        + String.valueOf(empty).repeat(length - filled)
        + " ";
  }

  private static String tail(ProgressState state) {
    Duration elapsed = state.getElapsedAfterStart();
    String left = "";
    long done = state.getCurrent();
    if (!state.isIndefinite()
        && done > 0
        && done < state.getMax()
        && elapsed.compareTo(TOO_EARLY_TO_GUESS) > 0) {
      double remaining = (double) elapsed.toMillis() / done * (state.getMax() - done);
      long seconds = 1 + (long) remaining / 1_000;
      left =
          ", "
              + (seconds < 60 ? seconds + " s" : Amounts.time(Duration.ofSeconds(seconds)))
              + " left";
    }
    return Amounts.time(elapsed) + left;
  }
}
