package dev.keymerge.internal.memory;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;

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
    OptionalLong machine = system.machineAvailableBytes();
    OptionalLong container = least(groups, ControlGroup::availableBytes);
    if (machine.isEmpty() || container.isEmpty()) {
      return machine.isEmpty() ? container : machine;
    }
    return OptionalLong.of(Math.min(machine.getAsLong(), container.getAsLong()));
  }

  /** Returns the least of what {@code values} are known of. */
  static <T> OptionalLong least(List<T> values, Function<T, OptionalLong> bytes) {
    return values.stream().map(bytes).flatMapToLong(OptionalLong::stream).min();
  }

  /**
   * Reads one control group.
   *
   * @param directory where its files stand
   * @param limitFiles hold its limits, of which the least counts
   * @param usageFile holds what it uses, with cached pages of files
   * @param cacheKey names, in the statistics, the pages of files that nobody works with at present
   */
  record ControlGroup(Path directory, List<String> limitFiles, String usageFile, String cacheKey) {
    /** Beyond the softer limit the kernel slows a process down until it hardly moves. */
    private static final List<String> LIMIT_FILES = List.of("memory.max", "memory.high");

    static ControlGroup ofVersion1(Path directory) {
      return new ControlGroup(
          directory,
          List.of("memory.limit_in_bytes"),
          "memory.usage_in_bytes",
          "total_inactive_file");
    }

    static ControlGroup ofVersion2(Path directory) {
      return new ControlGroup(directory, LIMIT_FILES, "memory.current", "inactive_file");
    }

    /** Returns its limit, if it has one: "max" is no number, and sets none. */
    OptionalLong limitBytes() {
      return least(limitFiles, file -> SystemMemory.firstNumber(directory.resolve(file)));
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
