package dev.keymerge.cli;

import java.time.Duration;
import java.util.Locale;

/** Writes counts, sizes, shares and times the way people read them. */
final class Amounts {
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

  private Amounts() {}

  /** Returns a number with its thousands apart: {@code 1,234,567}. */
  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  /**
   * Returns a number with what it counts, in the plural where it must be: {@code 1 file}, {@code 2
   * files}.
   */
  static String count(long number, String noun) {
    return count(number) + " " + noun + (number == 1 ? "" : "s");
  }

  /**
   * Returns a size in the largest binary unit of which there is at least one: {@code 512 B}, {@code
   * 1.5 GiB}.
   */
  static String bytes(long bytes) {
    if (bytes < 0) {
      return "unknown";
    }
    int unit = 0;
    double amount = bytes;
    // 1023.95 would print as 1024.0, which is one of the next unit.
    while (amount >= (unit == 0 ? 1024 : 1023.95) && unit < UNITS.length - 1) {
      amount /= 1024;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", amount, UNITS[unit]);
  }

  /** Returns how much of a whole a part is: {@code 12.5 %}; nothing of nothing is {@code 0 %}. */
  static String share(long part, long whole) {
    if (part == 0 || whole == 0) {
      return "0 %";
    }
    double percent = 100.0 * part / whole;
    if (percent < 0.1) {
      return "< 0.1 %";
    }
    return String.format(Locale.ROOT, "%.1f %%", percent).replace(".0 %", " %");
  }

  /** Returns a time: {@code 45 ms}, {@code 2.4 s}, {@code 3 min 05 s}, {@code 2 h 07 min}. */
  static String time(Duration duration) {
    long millis = duration.toMillis();
    if (millis < 1_000) {
      return millis + " ms";
    }
    if (millis < 59_950) {
      return String.format(Locale.ROOT, "%.1f s", millis / 1_000.0);
    }
    long seconds = (millis + 500) / 1_000;
    if (seconds < 3_600) {
      return String.format(Locale.ROOT, "%d min %02d s", seconds / 60, seconds % 60);
    }
    return String.format(Locale.ROOT, "%d h %02d min", seconds / 3_600, seconds % 3_600 / 60);
  }
}
