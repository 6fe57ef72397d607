package dev.keymerge;

import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.memory.SystemMemory;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says how much memory an engine may hold, on the Java heap and outside of it, and beyond which
 * sizes of the process and the machine it holds back.
 *
 * <p>A virtual machine fixes the size of its heap when it starts, so memory comes from two pools
 * that cannot help each other out. {@link #ofHeapAndNative} sets both; the other factories set a
 * sum that either may take, the heap never more than three quarters of what the virtual machine
 * has.
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

  private static final long UNSET = 0;

  private final long bytes;
  private final long heapBytes;
  private final long nativeBytes;
  private final long processBytes;
  private final long minFreeBytes;

  private MemoryLimits(
      long bytes, long heapBytes, long nativeBytes, long processBytes, long minFreeBytes) {
    this.bytes = bytes;
    this.heapBytes = heapBytes;
    this.nativeBytes = nativeBytes;
    this.processBytes = processBytes;
    this.minFreeBytes = minFreeBytes;
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
    return new MemoryLimits(positive(bytes), UNSET, UNSET, UNSET, UNSET);
  }

  /**
   * Returns limits of two pools that share nothing, for a virtual machine whose heap was sized for
   * it.
   *
   * @param heapBytes the most bytes on the Java heap; well below the largest heap that the virtual
   *     machine was given, which also needs room for small objects and for its collector
   * @param nativeBytes the most bytes outside of it, where Arrow buffers are
   * @throws MergeException.InvalidRequest if one is not positive
   */
  public static MemoryLimits ofHeapAndNative(long heapBytes, long nativeBytes) {
    return new MemoryLimits(
        positive(heapBytes) + positive(nativeBytes), heapBytes, nativeBytes, UNSET, UNSET);
  }

  /**
   * Returns these limits with at most {@code arrowBytes} in Arrow buffers and native memory, of
   * what the limits allow already.
   *
   * @throws MergeException.InvalidRequest if {@code arrowBytes} is not positive
   */
  public MemoryLimits withArrowMemory(long arrowBytes) {
    long lower = Math.min(positive(arrowBytes), nativeBytes());
    return new MemoryLimits(
        heapBytes == UNSET ? bytes : heapBytes + lower,
        heapBytes,
        lower,
        processBytes,
        minFreeBytes);
  }

  /**
   * Returns these limits with {@code processBytes} as what the resident set of the whole process
   * should stay below; unless set, that is what the container or the machine has.
   *
   * @throws MergeException.InvalidRequest if {@code processBytes} is not positive
   */
  public MemoryLimits withProcessMemory(long processBytes) {
    return new MemoryLimits(bytes, heapBytes, nativeBytes, positive(processBytes), minFreeBytes);
  }

  /**
   * Returns these limits with {@code minFreeBytes} as what the machine should keep free for others;
   * merges hold back when less is available.
   *
   * @throws MergeException.InvalidRequest if {@code minFreeBytes} is not positive
   */
  public MemoryLimits withMinFreeMemory(long minFreeBytes) {
    return new MemoryLimits(bytes, heapBytes, nativeBytes, processBytes, positive(minFreeBytes));
  }

  private static long positive(long bytes) {
    if (bytes <= 0) {
      throw new MergeException.InvalidRequest(
          "A memory limit must be positive, not " + bytes, "Give a limit like 512m or 2g.");
    }
    return bytes;
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

  /** Returns the most bytes that the engine may hold on the Java heap. */
  public long heapBytes() {
    return heapBytes == UNSET
        ? Math.min(bytes, Runtime.getRuntime().maxMemory() / 4 * 3)
        : heapBytes;
  }

  /** Returns the most bytes that the engine may hold outside of the Java heap. */
  public long nativeBytes() {
    return nativeBytes == UNSET ? bytes : nativeBytes;
  }

  /**
   * Returns what the resident set of the process should stay below, or empty if nothing was set.
   */
  public OptionalLong processBytes() {
    return processBytes == UNSET ? OptionalLong.empty() : OptionalLong.of(processBytes);
  }

  /** Returns what the machine should keep free for others; 0 if nothing was set. */
  public long minFreeBytes() {
    return minFreeBytes;
  }

  PoolLimits pools() {
    return new PoolLimits(heapBytes(), nativeBytes(), bytes);
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
    return other instanceof MemoryLimits that
        && that.bytes == bytes
        && that.heapBytes == heapBytes
        && that.nativeBytes == nativeBytes
        && that.processBytes == processBytes
        && that.minFreeBytes == minFreeBytes;
  }

  @Override
  public int hashCode() {
    return Objects.hash(bytes, heapBytes, nativeBytes, processBytes, minFreeBytes);
  }

  @Override
  public String toString() {
    return bytes + " bytes";
  }
}
