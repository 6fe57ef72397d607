package dev.keymerge.internal.memory;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads again and again how much memory this process takes and how much the system can still give.
 *
 * <p>Finds out once, at the beginning, which control groups apply. Never fails: what cannot be read
 * is not known. Thread-safe.
 */
public final class MemoryProbe {
  private final SystemMemory system;
  private final List<ControlGroup> groups;

  /**
   * Creates a probe of the system whose {@code /proc} and {@code /sys} stand below {@code root}.
   */
  public MemoryProbe(Path root) {
    system = new SystemMemory(root);
    groups =
        system.memoryGroups().stream().filter(group -> group.limitBytes().isPresent()).toList();
  }

  /** Returns what the control groups grant, and never more than the machine has. */
  public long limitBytes() {
    return system.limitBytes();
  }

  /** Returns the resident set of this process. */
  public OptionalLong residentBytes() {
    return system.residentBytes();
  }

  /**
   * Returns how much more memory could be had without pushing anyone out: in each control group,
   * what its limit leaves beside what is used and cannot simply be dropped; and of the machine.
   */
  public OptionalLong availableBytes() {
    long least = system.machineAvailableBytes().orElse(Long.MAX_VALUE);
    for (ControlGroup group : groups) {
      least = Math.min(least, group.availableBytes().orElse(Long.MAX_VALUE));
    }
    return least == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(least);
  }

  /**
   * Reads one control group.
   *
   * @param directory where its files stand
   * @param limitFile holds its limit
   * @param usageFile holds what it uses, with cached pages of files
   * @param cacheKey names, in the statistics, the pages of files that nobody works with at present
   */
  record ControlGroup(Path directory, String limitFile, String usageFile, String cacheKey) {
    OptionalLong limitBytes() {
      return SystemMemory.firstNumber(directory.resolve(limitFile));
    }

    OptionalLong availableBytes() {
      OptionalLong limit = limitBytes();
      OptionalLong usage = SystemMemory.firstNumber(directory.resolve(usageFile));
      if (limit.isEmpty() || usage.isEmpty()) {
        return OptionalLong.empty();
      }
      long cached = 0;
      for (String line : SystemMemory.lines(directory.resolve("memory.stat"))) {
        if (line.startsWith(cacheKey + " ")) {
          cached = SystemMemory.number(line.substring(cacheKey.length() + 1)).orElse(0);
        }
      }
      return OptionalLong.of(Math.max(0, limit.getAsLong() - usage.getAsLong() + cached));
    }
  }
}
