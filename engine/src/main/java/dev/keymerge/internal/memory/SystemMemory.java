package dev.keymerge.internal.memory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * Finds out how much memory the operating system grants this process: by control groups, version 1
 * or 2, and by the machine.
 *
 * <p>Never fails: what cannot be read sets no limit. Reads anew with every call. Thread-safe.
 */
public final class SystemMemory {
  private final Path root;

  /** Creates a view of the system whose {@code /proc} and {@code /sys} stand below {@code root}. */
  public SystemMemory(Path root) {
    this.root = root;
  }

  /**
   * Returns the smallest limit of the process's control groups and their parents, and never more
   * than the machine has.
   */
  public long limitBytes() {
    long machine = machineBytes();
    return Math.min(machine, containerBytes().orElse(machine));
  }

  /** Returns how much memory the machine has. */
  public long machineBytes() {
    for (String line : lines("proc/meminfo")) {
      if (line.startsWith("MemTotal:")) {
        OptionalLong kibibytes = number(line.replaceAll("[^0-9]", ""));
        if (kibibytes.isPresent()) {
          return kibibytes.getAsLong() * 1024;
        }
      }
    }
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }

  /**
   * Returns the largest resident set that this process has had so far, in bytes, or empty where the
   * system does not tell.
   */
  public OptionalLong peakResidentBytes() {
    for (String line : lines("proc/self/status")) {
      if (line.startsWith("VmHWM:")) {
        OptionalLong kibibytes = number(line.replaceAll("[^0-9]", ""));
        return kibibytes.isPresent()
            ? OptionalLong.of(kibibytes.getAsLong() * 1024)
            : OptionalLong.empty();
      }
    }
    return OptionalLong.empty();
  }

  /**
   * Returns the smallest limit of the process's control groups and their parents, or empty if none
   * is set.
   */
  public OptionalLong containerBytes() {
    long least = Long.MAX_VALUE;
    for (String line : lines("proc/self/cgroup")) {
      String[] parts = line.split(":", 3);
      if (parts.length < 3) {
        continue;
      }
      if (parts[0].equals("0") && parts[1].isEmpty()) {
        Mount mount = mount("cgroup2", "", "/sys/fs/cgroup");
        least = Math.min(least, leastAlong(mount, parts[2], "memory.max"));
        // Beyond this softer limit the kernel slows a process down until it hardly moves.
        least = Math.min(least, leastAlong(mount, parts[2], "memory.high"));
      } else if (Arrays.asList(parts[1].split(",")).contains("memory")) {
        Mount mount = mount("cgroup", "memory", "/sys/fs/cgroup/memory");
        least = Math.min(least, leastAlong(mount, parts[2], "memory.limit_in_bytes"));
      }
    }
    return least == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(least);
  }

  /**
   * Returns the smallest value of {@code file} in the group and in every parent up to where the
   * hierarchy is mounted.
   */
  private long leastAlong(Mount mount, String group, String file) {
    Path top = root.resolve(mount.point.substring(1)).normalize();
    Path directory = top;
    if (group.equals(mount.group) || mount.group.equals("/")) {
      directory = top.resolve(group.substring(mount.group.length()).replaceFirst("^/+", ""));
    } else if (group.startsWith(mount.group + "/")) {
      directory = top.resolve(group.substring(mount.group.length() + 1));
    }
    // A group named outside what is mounted (as seen from within a container) is the mounted one
    // itself.
    directory = directory.normalize();
    if (!directory.startsWith(top)) {
      directory = top;
    }
    long least = Long.MAX_VALUE;
    while (true) {
      for (String line : lines(directory.resolve(file))) {
        // "max" is no number, and sets no limit.
        least = Math.min(least, number(line.trim()).orElse(Long.MAX_VALUE));
      }
      Path parent = directory.getParent();
      if (directory.equals(top) || parent == null) {
        return least;
      }
      directory = parent;
    }
  }

  /** Finds where a hierarchy is mounted, and which group stands there. */
  private Mount mount(String type, String controller, String usualPoint) {
    for (String line : lines("proc/self/mountinfo")) {
      int separator = line.indexOf(" - ");
      String[] left = line.substring(0, Math.max(0, separator)).split(" ");
      String[] right = separator < 0 ? new String[0] : line.substring(separator + 3).split(" ");
      if (left.length < 5 || right.length < 3 || !right[0].equals(type)) {
        continue;
      }
      if (controller.isEmpty() || Arrays.asList(right[2].split(",")).contains(controller)) {
        return new Mount(left[3], left[4]);
      }
    }
    return new Mount("/", usualPoint);
  }

  private List<String> lines(String path) {
    return lines(root.resolve(path));
  }

  private static List<String> lines(Path path) {
    try {
      return Files.readAllLines(path);
    } catch (IOException unreadable) {
      return List.of();
    }
  }

  private static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException notANumber) {
      return OptionalLong.empty();
    }
  }

  /** Says which group of a hierarchy stands at which mount point. */
  private record Mount(String group, String point) {}
}
