package dev.keymerge.cli;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Splits the memory that the user grants the process into what the engine may hold and what the JVM
 * needs by itself.
 *
 * <p>The launcher has done so already when it starts the JVM, because heap and native memory are
 * limited there; this takes its numbers. Without the launcher, or when an option that it could not
 * see asks for less, the split is estimated.
 *
 * @param limitBytes what the whole process may take
 * @param engineBytes what of it the engine may hold
 */
record ProcessMemory(long limitBytes, long engineBytes) {
  /** Property in which the launcher says what the whole process may take. */
  static final String LIMIT_PROPERTY = "keymerge.memory.limit";

  /** Property in which the launcher says what the engine may hold. */
  static final String ENGINE_PROPERTY = "keymerge.engine.memory";

  /** What a JVM with all that a merge loads takes, and a little for the engine. */
  private static final long LEAST_LIMIT_BYTES = 128L << 20;

  private static final long LEAST_ENGINE_BYTES = 8L << 20;

  /**
   * Returns the split for the option {@code --memory}, null if it is not given, and the launcher's
   * properties.
   *
   * @throws MergeException.LimitExceeded if no merge fits into so little
   */
  static ProcessMemory of(@Nullable String option, Map<String, String> properties) {
    ProcessMemory memory = split(option, properties);
    if (memory.limitBytes < LEAST_LIMIT_BYTES) {
      throw new MergeException.LimitExceeded(
          "The process may take "
              + Amounts.bytes(memory.limitBytes)
              + " of memory, but no merge stays below "
              + Amounts.bytes(LEAST_LIMIT_BYTES)
              + ".",
          "Allow more with --memory; the default is sixty percent of what the container has.");
    }
    return memory;
  }

  private static ProcessMemory split(@Nullable String option, Map<String, String> properties) {
    String limitProperty = properties.get(LIMIT_PROPERTY);
    String engineProperty = properties.get(ENGINE_PROPERTY);
    if (limitProperty == null || engineProperty == null) {
      return estimate(option == null ? MemoryLimits.ofContainer() : MemoryLimits.parse(option));
    }
    ProcessMemory launched =
        new ProcessMemory(
            MemoryLimits.parse(limitProperty).bytes(), MemoryLimits.parse(engineProperty).bytes());
    if (option == null || MemoryLimits.parse(option).bytes() >= launched.limitBytes) {
      return launched;
    }
    return estimate(MemoryLimits.parse(option));
  }

  /** Returns the limits of the engine. */
  MemoryLimits engineLimits() {
    return MemoryLimits.ofBytes(engineBytes);
  }

  /**
   * Splits as the launcher does: the engine may hold its part on the heap or outside of it, so both
   * need room for it.
   */
  private static ProcessMemory estimate(MemoryLimits limit) {
    long fixed = (96 << 20) + limit.bytes() / 32;
    long engine = (limit.bytes() - fixed - (24 << 20)) / 9 * 4;
    return new ProcessMemory(limit.bytes(), Math.max(LEAST_ENGINE_BYTES, engine));
  }
}
