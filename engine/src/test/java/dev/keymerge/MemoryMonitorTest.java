package dev.keymerge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryProbe;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.memory.PoolLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MemoryMonitorTest {
  private static final long MIB = 1 << 20;

  @TempDir Path root;

  private final MemoryBudget budget = new MemoryBudget(PoolLimits.separate(100 * MIB, 100 * MIB));
  private long now;

  @BeforeEach
  void aMachineOfFourGigabytesOfWhichThreeAreFree() throws IOException {
    Files.createDirectories(root.resolve("proc/self"));
    machine(4096, 3072);
    resident(100);
  }

  @ParameterizedTest
  @CsvSource({
    "0, NORMAL",
    "69, NORMAL",
    "70, WARNING",
    "89, WARNING",
    "90, CRITICAL",
    "99, CRITICAL",
    "100, EMERGENCY",
    "250, EMERGENCY"
  })
  void levelsBeginAtSeventyNinetyAndAHundredPercent(long percent, MemoryPressure level) {
    assertThat(MemoryPressure.of(percent, 100)).isEqualTo(level);
    assertThat(MemoryPressure.of(percent << 40, 100L << 40)).isEqualTo(level);
  }

  @Test
  void tellsHowMuchIsTakenAndWhatLimitsThereAre() {
    try (MemoryReservation keys = budget.open("keys", MemoryKind.NATIVE)) {
      keys.grow(20 * MIB);
      MemoryStatus status =
          monitor(MemoryLimits.parse("512m").withProcessMemory(512 * MIB)).status();

      assertThat(status.arrowBytes()).isEqualTo(20 * MIB);
      assertThat(status.arrowLimitBytes()).isEqualTo(100 * MIB);
      assertThat(status.residentBytes()).isEqualTo(100 * MIB);
      assertThat(status.processLimitBytes()).isEqualTo(512 * MIB);
      assertThat(status.systemAvailableBytes()).isEqualTo(3072 * MIB);
      assertThat(status.systemLimitBytes()).isEqualTo(4096 * MIB);
      assertThat(status.heapLimitBytes()).isEqualTo(Runtime.getRuntime().maxMemory());
      assertThat(status.heapBytes()).isPositive();
      assertThat(status.pressure()).isEqualTo(MemoryPressure.NORMAL);
    }
  }

  @Test
  void theWorstOfArrowProcessAndSystemCounts() throws IOException {
    MemoryMonitor monitor = monitor(MemoryLimits.parse("512m").withProcessMemory(512 * MIB));
    List<MemoryPressure> heard = new ArrayList<>();
    Runnable end = monitor.addListener(status -> heard.add(status.pressure()));
    monitor.addListener(
        status -> {
          throw new IllegalStateException("a listener that fails");
        });

    resident(470);
    assertThat(monitor.pressure()).as("a reading is kept a while").isEqualTo(MemoryPressure.NORMAL);
    later();
    assertThat(monitor.pressure()).isEqualTo(MemoryPressure.CRITICAL);
    resident(513);
    later();
    assertThat(monitor.pressure()).isEqualTo(MemoryPressure.EMERGENCY);
    resident(10);
    machine(4096, 1000);
    later();
    assertThat(monitor.pressure()).as("75 % of the machine").isEqualTo(MemoryPressure.WARNING);
    end.run();
    machine(4096, 3000);
    try (MemoryReservation keys = budget.open("keys", MemoryKind.NATIVE)) {
      keys.grow(100 * MIB);
      later();
      assertThat(monitor.pressure()).as("a full budget").isEqualTo(MemoryPressure.CRITICAL);
      assertThat(monitor.source().outside()).isEqualTo(MemoryPressure.NORMAL);
    }
    assertThat(heard)
        .containsExactly(MemoryPressure.CRITICAL, MemoryPressure.EMERGENCY, MemoryPressure.WARNING);
  }

  @Test
  void whatShouldStayFreeIsNotThereToTake() throws IOException {
    MemoryMonitor monitor = monitor(MemoryLimits.parse("512m").withMinFreeMemory(1024 * MIB));

    machine(4096, 1100);
    later();
    // 3072 may be taken, and all but 76 of them are.
    assertThat(monitor.pressure()).isEqualTo(MemoryPressure.CRITICAL);
    machine(4096, 1024);
    later();
    assertThat(monitor.pressure()).isEqualTo(MemoryPressure.EMERGENCY);
  }

  @Test
  void theContainersLimitCountsWithoutWhatItOnlyCaches() throws IOException {
    Files.writeString(root.resolve("proc/self/cgroup"), "0::/job\n");
    Files.writeString(
        root.resolve("proc/self/mountinfo"),
        "30 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n");
    Path group = Files.createDirectories(root.resolve("sys/fs/cgroup/job"));
    Files.writeString(group.resolve("memory.max"), 1000 * MIB + "\n");
    Files.writeString(group.resolve("memory.current"), 980 * MIB + "\n");
    Files.writeString(
        group.resolve("memory.stat"), "anon 5\nactive_file 7\ninactive_file " + 380 * MIB + "\n");

    MemoryStatus status = monitor(MemoryLimits.parse("512m")).status();

    assertThat(status.systemLimitBytes()).isEqualTo(1000 * MIB);
    assertThat(status.processLimitBytes()).isEqualTo(1000 * MIB);
    assertThat(status.systemAvailableBytes()).isEqualTo(400 * MIB);
    assertThat(status.pressure()).isEqualTo(MemoryPressure.NORMAL);
  }

  @Test
  void theLimitBeyondWhichAContainerIsSlowedDownCountsLikeTheOneThatKills() throws IOException {
    Files.writeString(root.resolve("proc/self/cgroup"), "0::/pod/job\n");
    Files.writeString(
        root.resolve("proc/self/mountinfo"),
        "30 23 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n");
    Path pod = root.resolve("sys/fs/cgroup/pod");
    Path job = Files.createDirectories(pod.resolve("job"));
    Files.writeString(job.resolve("memory.max"), "max\n");
    Files.writeString(job.resolve("memory.high"), 1000 * MIB + "\n");
    Files.writeString(job.resolve("memory.current"), 950 * MIB + "\n");
    Files.writeString(job.resolve("memory.stat"), "inactive_file " + MIB + "\n");
    Files.writeString(pod.resolve("memory.max"), 3000 * MIB + "\n");
    Files.writeString(pod.resolve("memory.high"), "max\n");
    Files.writeString(pod.resolve("memory.current"), 1000 * MIB + "\n");
    MemoryMonitor monitor = monitor(MemoryLimits.parse("512m"));

    assertThat(monitor.status().systemLimitBytes()).isEqualTo(1000 * MIB);
    assertThat(monitor.status().systemAvailableBytes()).isEqualTo(51 * MIB);
    assertThat(monitor.pressure()).isEqualTo(MemoryPressure.CRITICAL);
    Files.writeString(job.resolve("memory.max"), 980 * MIB + "\n");
    later();
    assertThat(monitor.status().systemAvailableBytes()).as("the lower one").isEqualTo(31 * MIB);
  }

  @Test
  void theOlderKindOfControlGroupsCountsTheSame() throws IOException {
    Files.writeString(root.resolve("proc/self/cgroup"), "5:memory:/job\n");
    Files.writeString(
        root.resolve("proc/self/mountinfo"),
        "30 23 0:26 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n");
    Path group = Files.createDirectories(root.resolve("sys/fs/cgroup/memory/job"));
    Files.writeString(group.resolve("memory.limit_in_bytes"), 1000 * MIB + "\n");
    Files.writeString(group.resolve("memory.usage_in_bytes"), 950 * MIB + "\n");
    Files.writeString(group.resolve("memory.stat"), "cache 5\ntotal_inactive_file " + MIB + "\n");

    MemoryStatus status = monitor(MemoryLimits.parse("512m")).status();

    assertThat(status.systemAvailableBytes()).isEqualTo(51 * MIB);
    assertThat(status.pressure()).isEqualTo(MemoryPressure.CRITICAL);
  }

  @Test
  void whereTheSystemTellsNothingArrowAloneCounts() throws IOException {
    Files.delete(root.resolve("proc/self/status"));
    Files.delete(root.resolve("proc/meminfo"));
    MemoryStatus status = monitor(MemoryLimits.parse("512m")).status();

    assertThat(status.residentBytes()).isEqualTo(MemoryStatus.UNKNOWN);
    assertThat(status.nativeBytes()).isEqualTo(MemoryStatus.UNKNOWN);
    assertThat(status.systemAvailableBytes()).isEqualTo(MemoryStatus.UNKNOWN);
    assertThat(status.pressure()).isEqualTo(MemoryPressure.NORMAL);
  }

  @Test
  void theRealSystemIsReadInAFractionOfTheTimeBetweenReadings() {
    MemoryProbe probe = new MemoryProbe(Path.of("/"));
    MemoryMonitor monitor = new MemoryMonitor(budget, MemoryLimits.ofContainer(), probe, () -> now);
    for (int warmUp = 0; warmUp < 200; warmUp++) {
      later();
      monitor.status();
    }
    long start = System.nanoTime();
    int readings = 200;
    for (int reading = 0; reading < readings; reading++) {
      later();
      monitor.status();
    }
    long each = (System.nanoTime() - start) / readings;
    assertThat(each).isLessThan(TimeUnit.MILLISECONDS.toNanos(MemoryMonitor.SAMPLE_MILLIS) / 10);
  }

  private MemoryMonitor monitor(MemoryLimits limits) {
    return new MemoryMonitor(budget, limits, new MemoryProbe(root), () -> now);
  }

  private void later() {
    now += TimeUnit.MILLISECONDS.toNanos(MemoryMonitor.SAMPLE_MILLIS);
  }

  private void machine(long totalMib, long availableMib) throws IOException {
    Files.writeString(
        root.resolve("proc/meminfo"),
        "MemTotal: " + totalMib * 1024 + " kB\nMemAvailable: " + availableMib * 1024 + " kB\n");
  }

  private void resident(long mib) throws IOException {
    Files.writeString(
        root.resolve("proc/self/status"), "Name: java\nVmRSS:\t  " + mib * 1024 + " kB\n");
  }
}
