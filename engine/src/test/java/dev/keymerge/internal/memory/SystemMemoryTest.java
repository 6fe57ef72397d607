package dev.keymerge.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemMemoryTest {
  private static final long MACHINE = 8_000_000L * 1024;

  @TempDir private Path root;

  @BeforeEach
  void describeTheMachine() throws IOException {
    write("proc/meminfo", "MemTotal:        8000000 kB\nMemFree:          123456 kB\n");
  }

  @Test
  void takesTheMachineWhereNoGroupSetsALimit() throws IOException {
    assertThat(limit()).isEqualTo(MACHINE);

    write("proc/self/cgroup", "0::/user.slice\n");
    write("sys/fs/cgroup/user.slice/memory.max", "max\n");
    assertThat(limit()).isEqualTo(MACHINE);
    assertThat(new SystemMemory(root).containerBytes()).isEmpty();
  }

  @Test
  void takesTheSmallestLimitUpTheUnifiedHierarchy() throws IOException {
    write("proc/self/cgroup", "0::/pod/container/inner\n");
    write("sys/fs/cgroup/memory.max", "3000000\n");
    write("sys/fs/cgroup/pod/memory.max", "1000000\n");
    write("sys/fs/cgroup/pod/container/memory.max", "max\n");
    write("sys/fs/cgroup/pod/container/inner/memory.max", "2000000\n");
    assertThat(limit()).isEqualTo(1_000_000);

    write("sys/fs/cgroup/pod/container/memory.high", "900000\n");
    assertThat(limit()).isEqualTo(900_000);
  }

  @Test
  void readsTheFirstVersionWhereverItIsMounted() throws IOException {
    write(
        "proc/self/cgroup",
        "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc/job\n0::/docker/abc\n");
    write(
        "proc/self/mountinfo",
        """
        30 24 0:26 / /sys rw,nosuid - sysfs sysfs rw
        36 32 0:33 /docker/abc /mnt/memory rw,nosuid - cgroup cgroup rw,memory
        37 32 0:34 /docker/abc /sys/fs/cgroup/unified rw - cgroup2 cgroup rw
        """);
    write("mnt/memory/memory.limit_in_bytes", "700000\n");
    write("mnt/memory/job/memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(limit()).isEqualTo(700_000);
  }

  @Test
  void takesTheMountItselfForAGroupThatIsNamedOutsideIt() throws IOException {
    write("proc/self/cgroup", "0::/../../other\n");
    write("sys/fs/cgroup/memory.max", "500000\n");
    write("memory.max", "1\n");
    assertThat(limit()).isEqualTo(500_000);

    write("proc/self/cgroup", "4:memory:/kubepods/pod1\n");
    write(
        "proc/self/mountinfo",
        "36 32 0:33 /kubepods/pod2 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "400000\n");
    assertThat(limit()).isEqualTo(400_000);
  }

  @Test
  void neverTakesMoreThanTheMachineHas() throws IOException {
    write("proc/self/cgroup", "4:memory:/\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    assertThat(limit()).isEqualTo(MACHINE);
  }

  @Test
  void ignoresWhatItCannotRead() throws IOException {
    write("proc/self/cgroup", "nonsense\n0::/a\n");
    write("proc/self/mountinfo", "too short - \n - \n");
    write("sys/fs/cgroup/a/memory.max", "lots\n");
    assertThat(limit()).isEqualTo(MACHINE);

    Files.delete(root.resolve("proc/meminfo"));
    assertThat(limit()).isPositive();
  }

  @Test
  void knowsThisMachine() {
    SystemMemory memory = new SystemMemory(Path.of("/"));
    assertThat(memory.limitBytes()).isPositive().isLessThanOrEqualTo(memory.machineBytes());
  }

  private long limit() {
    return new SystemMemory(root).limitBytes();
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }
}
