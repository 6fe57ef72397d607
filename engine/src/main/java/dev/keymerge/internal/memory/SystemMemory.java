package dev.keymerge.internal.memory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
    OptionalLong total = kibibytes("proc/meminfo", "MemTotal:");
    if (total.isPresent()) {
      return total.getAsLong();
    }
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getTotalMemorySize()
        : Runtime.getRuntime().maxMemory();
  }

  /** Returns how much the machine could give without pushing anyone out, if it tells. */
  OptionalLong machineAvailableBytes() {
    return kibibytes("proc/meminfo", "MemAvailable:");
  }

  /** Returns the resident set of this process, if the system tells. */
  OptionalLong residentBytes() {
    return kibibytes("proc/self/status", "VmRSS:");
  }

  /** Returns the control groups that memory of this process counts in, with all parents. */
  List<MemoryProbe.ControlGroup> memoryGroups() {
    List<MemoryProbe.ControlGroup> groups = new ArrayList<>();
    for (String line : lines("proc/self/cgroup")) {
      String[] parts = line.split(":", 3);
      if (parts.length < 3) {
        continue;
      }
      if (parts[0].equals("0") && parts[1].isEmpty()) {
        for (Path directory : along(mount("cgroup2", "", "/sys/fs/cgroup"), parts[2])) {
          groups.add(MemoryProbe.ControlGroup.ofVersion2(directory));
        }
      } else if (Arrays.asList(parts[1].split(",")).contains("memory")) {
        for (Path directory : along(mount("cgroup", "memory", "/sys/fs/cgroup/memory"), parts[2])) {
          groups.add(MemoryProbe.ControlGroup.ofVersion1(directory));
        }
      }
    }
    return groups;
  }

  /**
   * Returns the largest resident set that this process has had so far, in bytes, or empty where the
   * system does not tell.
   */
  public OptionalLong peakResidentBytes() {
    return kibibytes("proc/self/status", "VmHWM:");
  }

  /**
   * Returns the smallest limit of the process's control groups and their parents, or empty if none
   * is set.
   */
  public OptionalLong containerBytes() {
    return MemoryProbe.least(memoryGroups(), MemoryProbe.ControlGroup::limitBytes);
  }

  /** Returns the group's directory and every parent's up to where the hierarchy is mounted. */
  private List<Path> along(Mount mount, String group) {
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
    List<Path> directories = new ArrayList<>();
    while (directory != null && directory.startsWith(top)) {
      directories.add(directory);
      directory = directory.getParent();
    }
    return directories;
  }

  private OptionalLong kibibytes(String file, String key) {
    for (String line : lines(file)) {
      if (line.startsWith(key)) {
        OptionalLong kibibytes = number(line.replaceAll("[^0-9]", ""));
        return kibibytes.isPresent()
            ? OptionalLong.of(kibibytes.getAsLong() * 1024)
            : OptionalLong.empty();
      }
    }
    return OptionalLong.empty();
  }

  /** Returns the number that a file begins with, or empty if there is none. */
  static OptionalLong firstNumber(Path file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? OptionalLong.empty() : number(lines.get(0).trim());
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

  static List<String> lines(Path path) {
    try {
      return Files.readAllLines(path);
    } catch (IOException unreadable) {
      return List.of();
    }
  }

  static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException notANumber) {
      return OptionalLong.empty();
    }
  }

  /** Says which group of a hierarchy stands at which mount point. */
  private record Mount(String group, String point) {}
}
