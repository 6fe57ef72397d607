package dev.keymerge;

import dev.keymerge.internal.memory.SystemMemory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says how much memory an engine may hold, heap and native together.
 *
 * <p>Immutable.
 */
public final class MemoryLimits {
  /**
   * The share of the container's or machine's memory that {@link #ofContainer} takes, in percent.
   */
  public static final int DEFAULT_PERCENT = 60;

  private static final Pattern SIZE =
      Pattern.compile("\\s*(\\d{1,19}(?:\\.\\d{1,9})?)\\s*([a-z]*)\\s*");

  private final long bytes;

  private MemoryLimits(long bytes) {
    this.bytes = bytes;
  }

  /**
   * Returns a limit of {@value #DEFAULT_PERCENT} % of what this process may use: the smallest limit
   * of its control groups (version 1 or 2), or the machine's memory if they set none.
   */
  public static MemoryLimits ofContainer() {
    long available = new SystemMemory(Path.of("/")).limitBytes();
    return ofBytes(Math.max(1, available / 100 * DEFAULT_PERCENT));
  }

  /**
   * Returns a limit of {@code bytes}.
   *
   * @throws MergeException.InvalidRequest if {@code bytes} is not positive
   */
  public static MemoryLimits ofBytes(long bytes) {
    if (bytes <= 0) {
      throw new MergeException.InvalidRequest(
          "A memory limit must be positive, not " + bytes, "Give a limit like 512m or 2g.");
    }
    return new MemoryLimits(bytes);
  }

  /**
   * Returns the limit that {@code text} stands for: a number, with or without a fraction, and a
   * unit in any letter case.
   *
   * <p>{@code k}, {@code m}, {@code g}, {@code t} and {@code KiB}, {@code MiB}, {@code GiB}, {@code
   * TiB} are powers of 1024, as the JVM and containers read them; {@code KB}, {@code MB}, {@code
   * GB}, {@code TB} are powers of 1000; {@code b} or no unit is bytes. Spaces around the number are
   * ignored.
   *
   * @throws MergeException.InvalidRequest if {@code text} is none of this, not positive, or more
   *     than 2^63 - 1 bytes
   */
  public static MemoryLimits parse(String text) {
    Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
    BigDecimal unit = matcher.matches() ? unit(Objects.requireNonNull(matcher.group(2))) : null;
    if (unit == null) {
      throw notASize(text);
    }
    BigDecimal bytes =
        new BigDecimal(Objects.requireNonNull(matcher.group(1)))
            .multiply(unit)
            .setScale(0, RoundingMode.DOWN);
    if (bytes.signum() <= 0 || bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw notASize(text);
    }
    return ofBytes(bytes.longValueExact());
  }

  /** Returns the most bytes that the engine may hold at once. */
  public long bytes() {
    return bytes;
  }

  private static @Nullable BigDecimal unit(String name) {
    if (name.isEmpty() || name.equals("b")) {
      return BigDecimal.ONE;
    }
    int power = "kmgt".indexOf(name.charAt(0)) + 1;
    if (power == 0) {
      return null;
    }
    return switch (name.substring(1)) {
      case "", "ib" -> BigDecimal.valueOf(1024).pow(power);
      case "b" -> BigDecimal.valueOf(1000).pow(power);
      default -> null;
    };
  }

  private static MergeException.InvalidRequest notASize(String text) {
    return new MergeException.InvalidRequest(
        "Not a size: '" + text + "'", "Write a positive size like 512m, 2g or 1.5GiB.");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MemoryLimits && ((MemoryLimits) other).bytes == bytes;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(bytes);
  }

  @Override
  public String toString() {
    return bytes + " bytes";
  }
}
