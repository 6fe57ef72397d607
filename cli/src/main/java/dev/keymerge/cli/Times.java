package dev.keymerge.cli;

import dev.keymerge.MergeException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads times such as {@code 30s}, {@code 1.5h} or {@code 7d}. */
final class Times {
  private static final Pattern TIME = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?)(ms|s|m|h|d)");

  private Times() {}

  /**
   * Returns the time that {@code text} says.
   *
   * @param option the option that it was given to, for messages
   * @throws MergeException.InvalidRequest if it says none
   */
  static Duration parse(String option, String text) {
    Matcher matcher = TIME.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new MergeException.InvalidRequest(
          "Not a time for " + option + ": '" + text + "'.",
          "Write a number and a unit, such as 30s, 10m, 1.5h or 7d.");
    }
    long millis =
        switch (matcher.group(2)) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> 86_400_000;
        };
    BigDecimal number = new BigDecimal(matcher.group(1));
    return Duration.ofMillis(number.multiply(BigDecimal.valueOf(millis)).longValue());
  }
}
