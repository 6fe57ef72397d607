package dev.keymerge.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Assumptions;

/**
 * Is a control group of the kernel that grants its processes a fixed amount of memory and no swap,
 * of the first or the second version.
 *
 * <p>Pages of files that its processes read and write count too, and are given up when the limit is
 * reached; so the kernel's peak tells little below the limit, and a process that needs more than
 * the limit itself is killed. Closing removes the group, which must be empty then.
 */
final class MemoryCgroup implements AutoCloseable {
  private static final int REMOVAL_ATTEMPTS = 50;
  private static final int REMOVAL_PAUSE_MILLIS = 20;

  /** Names the files of one version. */
  private enum Version {
    FIRST("memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control"),
    SECOND("memory.max", "memory.peak", "memory.events");

    private final String limit;
    private final String peak;
    private final String events;

    Version(String limit, String peak, String events) {
      this.limit = limit;
      this.peak = peak;
      this.events = events;
    }
  }

  private final Path directory;
  private final Version version;

  private MemoryCgroup(Path directory, Version version) {
    this.directory = directory;
    this.version = version;
  }

  /** Makes a group, or skips the test that asks where that is impossible. */
  static MemoryCgroup open(long limitBytes) {
    List<String> obstacles = new ArrayList<>();
    for (Candidate candidate : candidates(obstacles)) {
      try {
        return open(candidate, limitBytes);
      } catch (IOException impossible) {
        obstacles.add(impossible.toString());
      }
    }
    return Assumptions.abort(
        "No memory control group can be made here, so that memory limits are not tested: "
            + obstacles);
  }

  /** Tells where a group may be made. */
  private record Candidate(Path parent, Version version) {}

  private static List<Candidate> candidates(List<String> obstacles) {
    List<Candidate> candidates = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
        String[] fields = line.split(" ");
        int dash = List.of(fields).indexOf("-");
        Path mounted = Path.of(fields[4]);
        String type = fields[dash + 1];
        if (type.equals("cgroup") && List.of(fields[dash + 3].split(",")).contains("memory")) {
          candidates.add(new Candidate(mounted, Version.FIRST));
        } else if (type.equals("cgroup2")
            && Files.readString(mounted.resolve("cgroup.controllers")).contains("memory")) {
          candidates.add(new Candidate(mounted, Version.SECOND));
        }
      }
    } catch (IOException | IndexOutOfBoundsException unreadable) {
      obstacles.add(unreadable.toString());
    }
    if (candidates.isEmpty()) {
      obstacles.add("no hierarchy with a memory controller is mounted");
    }
    return candidates;
  }

  private static MemoryCgroup open(Candidate candidate, long limitBytes) throws IOException {
    Path control = candidate.parent().resolve("cgroup.subtree_control");
    if (candidate.version() == Version.SECOND && !Files.readString(control).contains("memory")) {
      Files.writeString(control, "+memory");
    }
    Path directory = candidate.parent().resolve("keymerge-test-" + UUID.randomUUID());
    Files.createDirectory(directory);
    MemoryCgroup group = new MemoryCgroup(directory, candidate.version());
    try {
      String limit = Long.toString(limitBytes);
      Files.writeString(directory.resolve(candidate.version().limit), limit);
      switch (candidate.version()) {
        case FIRST -> {
          group.writeIfThere("memory.memsw.limit_in_bytes", limit);
          group.writeIfThere("memory.swappiness", "0");
        }
        case SECOND -> group.writeIfThere("memory.swap.max", "0");
      }
      return group;
    } catch (IOException e) {
      group.close();
      throw e;
    }
  }

  private void writeIfThere(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    if (Files.exists(file)) {
      Files.writeString(file, text);
    }
  }

  /** Returns the file that takes the number of a process that joins. */
  Path processes() {
    return directory.resolve("cgroup.procs");
  }

  /** Returns the most bytes that the group ever held, or -1 where the kernel does not tell. */
  long peakBytes() throws IOException {
    Path file = directory.resolve(version.peak);
    return Files.exists(file) ? Long.parseLong(Files.readString(file).trim()) : -1;
  }

  /** Returns how many processes the kernel has killed because of the limit. */
  long kills() throws IOException {
    return Files.readAllLines(directory.resolve(version.events)).stream()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        Files.delete(directory);
        return;
      } catch (IOException stillInUse) {
        // The kernel takes a moment to see that the last process is gone.
        if (attempt == REMOVAL_ATTEMPTS) {
          throw stillInUse;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(REMOVAL_PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
