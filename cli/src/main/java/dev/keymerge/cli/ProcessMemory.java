package dev.keymerge.cli;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Splits the memory that the user grants the process into what the engine may hold, on the heap and
 * outside of it, and what the JVM needs by itself.
 *
 * <p>The launcher has done so already when it starts the JVM, because that fixes the size of the
 * heap; this takes its numbers. Without the launcher, or when an option that it could not see asks
 * for less, the split is estimated.
 *
 * @param limitBytes what the whole process may take
 * @param heapBytes what of it the engine may hold on the heap
 * @param nativeBytes what of it the engine may hold outside of the heap
 * @param minFreeBytes what the machine should keep free, or 0
 */
record ProcessMemory(long limitBytes, long heapBytes, long nativeBytes, long minFreeBytes) {
  /** Property in which the launcher says what the whole process may take. */
  static final String LIMIT_PROPERTY = "keymerge.memory.limit";

  /** Property in which the launcher says what the engine may hold on the heap. */
  static final String HEAP_PROPERTY = "keymerge.engine.heap";

  /** Property in which the launcher says what the engine may hold outside of the heap. */
  static final String NATIVE_PROPERTY = "keymerge.engine.native";

  /** What a JVM with all that a merge loads takes, and a little for the engine. */
  private static final long LEAST_LIMIT_BYTES = 160L << 20;

  private static final long MIB = 1L << 20;

  /**
   * Says what the user asks for.
   *
   * @param memory the option {@code --memory}, null if it is not given
   * @param arrowMemory the option {@code --arrow-memory}
   * @param minFreeMemory the option {@code --min-free-memory}
   */
  record Wanted(
      @Nullable String memory, @Nullable String arrowMemory, @Nullable String minFreeMemory) {
    /** Leaves everything to the defaults. */
    static final Wanted NOTHING = new Wanted(null, null, null);
  }

  /**
   * Returns the split for the options and the launcher's properties.
   *
   * @throws MergeException.LimitExceeded if no merge fits into so little
   */
  static ProcessMemory of(Wanted wanted, Map<String, String> properties) {
    ProcessMemory memory = split(wanted, properties);
    if (memory.limitBytes < LEAST_LIMIT_BYTES) {
      throw new MergeException.LimitExceeded(
          "The process may take "
              + Amounts.bytes(memory.limitBytes)
              + " of memory, but no merge stays below "
              + Amounts.bytes(LEAST_LIMIT_BYTES)
              + ".",
          "Allow more with --memory, or ask for less with --min-free-memory; the default is sixty"
              + " percent of what the container has.");
    }
    return memory;
  }

  private static ProcessMemory split(Wanted wanted, Map<String, String> properties) {
    long minFree =
        wanted.minFreeMemory == null ? 0 : MemoryLimits.parse(wanted.minFreeMemory).bytes();
    String limit = properties.get(LIMIT_PROPERTY);
    String heap = properties.get(HEAP_PROPERTY);
    String outside = properties.get(NATIVE_PROPERTY);
    if (limit == null || heap == null || outside == null) {
      MemoryLimits asked =
          wanted.memory == null ? MemoryLimits.ofContainer() : MemoryLimits.parse(wanted.memory);
      return estimate(asked.bytes(), wanted.arrowMemory, minFree);
    }
    ProcessMemory launched =
        new ProcessMemory(
            MemoryLimits.parse(limit).bytes(),
            MemoryLimits.parse(heap).bytes(),
            MemoryLimits.parse(outside).bytes(),
            minFree);
    if (wanted.memory == null || MemoryLimits.parse(wanted.memory).bytes() >= launched.limitBytes) {
      return launched.withArrow(wanted.arrowMemory);
    }
    ProcessMemory lower =
        estimate(MemoryLimits.parse(wanted.memory).bytes(), wanted.arrowMemory, minFree);
    return new ProcessMemory(
        lower.limitBytes,
        Math.min(lower.heapBytes, launched.heapBytes),
        lower.nativeBytes,
        minFree);
  }

  /** Returns the limits of the engine. */
  MemoryLimits engineLimits() {
    MemoryLimits limits =
        MemoryLimits.ofHeapAndNative(heapBytes, nativeBytes).withProcessMemory(limitBytes);
    return minFreeBytes == 0 ? limits : limits.withMinFreeMemory(minFreeBytes);
  }

  private ProcessMemory withArrow(@Nullable String arrowMemory) {
    if (arrowMemory == null) {
      return this;
    }
    long arrow = MemoryLimits.parse(arrowMemory).bytes();
    return new ProcessMemory(limitBytes, heapBytes, Math.min(arrow, nativeBytes), minFreeBytes);
  }

  /** Splits as the launcher does; the comment there says why. */
  private static ProcessMemory estimate(long limit, @Nullable String arrowMemory, long minFree) {
    long rest = Math.max(limit - 112 * MIB - limit / 32, 40 * MIB);
    long outside = rest - rest / 5 * 2 - 16 * MIB;
    if (arrowMemory != null) {
      outside = Math.min(MemoryLimits.parse(arrowMemory).bytes(), rest - 32 * MIB);
    }
    outside = Math.max(outside, 8 * MIB);
    long heap = rest - outside;
    long young = Math.max(12 * MIB, Math.min(heap / 8, 256 * MIB));
    return new ProcessMemory(
        limit, Math.max(8 * MIB, heap - young - heap / 16 - 10 * MIB), outside, minFree);
  }
}
