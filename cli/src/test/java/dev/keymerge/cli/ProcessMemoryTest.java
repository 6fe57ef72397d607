package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessMemoryTest {
  private static final long MIB = 1 << 20;
  private static final Map<String, String> LAUNCHED = launched(512, 130, 210);

  @Test
  void theLaunchersNumbersCount() {
    ProcessMemory memory = new ProcessMemory(512 * MIB, 130 * MIB, 210 * MIB, 0);

    assertThat(of(null, LAUNCHED)).isEqualTo(memory);
    assertThat(of("512m", LAUNCHED)).isEqualTo(memory);
  }

  @Test
  void anOptionThatTheLauncherDidNotSeeLowersTheLimitOnly() {
    assertThat(of("300m", LAUNCHED).limitBytes()).isEqualTo(300 * MIB);
    assertThat(of("300m", LAUNCHED).heapBytes()).isLessThan(130 * MIB);
    assertThat(of("300m", LAUNCHED).nativeBytes()).isLessThan(210 * MIB);
    assertThat(of("8g", LAUNCHED).limitBytes()).isEqualTo(512 * MIB);
  }

  @Test
  void lessForArrowIsMoreForTheHeap() {
    ProcessMemory usual = of("1g", Map.of());
    ProcessMemory less = ProcessMemory.of(new ProcessMemory.Wanted("1g", "100m", null), Map.of());

    assertThat(less.nativeBytes()).isEqualTo(100 * MIB);
    assertThat(less.heapBytes()).isGreaterThan(usual.heapBytes());
    assertThat(ProcessMemory.of(new ProcessMemory.Wanted(null, "100m", null), LAUNCHED))
        .isEqualTo(new ProcessMemory(512 * MIB, 130 * MIB, 100 * MIB, 0));
  }

  @Test
  void theEngineGetsAllOfIt() {
    MemoryLimits limits =
        ProcessMemory.of(new ProcessMemory.Wanted(null, null, "256m"), LAUNCHED).engineLimits();

    assertThat(limits.heapBytes()).isEqualTo(130 * MIB);
    assertThat(limits.nativeBytes()).isEqualTo(210 * MIB);
    assertThat(limits.processBytes()).hasValue(512 * MIB);
    assertThat(limits.minFreeBytes()).isEqualTo(256 * MIB);
  }

  @ParameterizedTest
  @ValueSource(strings = {"64m", "160m", "256m", "300m", "512m", "1g", "1.5g", "4g", "16g"})
  @DisabledOnOs(OS.WINDOWS)
  void theLauncherSplitsAsTheProgramDoes(String size) throws Exception {
    String launched = launcher("--memory", size);

    assertThat(bytes(launched, "-Dkeymerge.memory.limit=(\\d+)"))
        .isEqualTo(MemoryLimits.parse(size).bytes());
    long heap = bytes(launched, "-Dkeymerge.engine.heap=(\\d+)");
    long outside = bytes(launched, "-Dkeymerge.engine.native=(\\d+)");
    if (!size.equals("64m")) {
      ProcessMemory memory = of(size, Map.of());
      assertThat(heap).isEqualTo(memory.heapBytes());
      assertThat(outside).isEqualTo(memory.nativeBytes());
    }
    long largestHeap = bytes(launched, "-Xmx(\\d+)m") * MIB;
    assertThat(heap).isLessThan(largestHeap - bytes(launched, "-Xmn(\\d+)m") * MIB);
    if (MemoryLimits.parse(size).bytes() >= 256 * MIB) {
      // What is neither heap nor native is the JVM's own: measured, at most 100 MiB.
      assertThat(MemoryLimits.parse(size).bytes() - largestHeap - outside).isGreaterThan(110 * MIB);
    }
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void theLauncherDoesNotTakeMoreThanTheContainerHas() throws Exception {
    try (MemoryCgroup group = MemoryCgroup.open(300 * MIB)) {
      String[] bash = {"bash", "-c", "echo $$ >\"$0\"; exec \"$@\"", group.processes().toString()};

      String launched = launchedBy(bash, "--memory", "1g");

      assertThat(bytes(launched, "-Dkeymerge.memory.limit=(\\d+)")).isEqualTo(300 * MIB);
      assertThat(launched)
          .startsWith(
              "keymerge: --memory 1024m is more than this container has; the limit is 300m");
      assertThat(launchedBy(bash, "--memory", "200m"))
          .doesNotContain("container")
          .contains("-Dkeymerge.memory.limit=" + 200 * MIB);
      assertThat(bytes(launchedBy(bash), "-Dkeymerge.memory.limit=(\\d+)"))
          .isEqualTo(300 * MIB / 100 * 60);
    }
  }

  /** What the program prints is read by programs, so no remark of the JVM may stand before it. */
  @ParameterizedTest
  @ValueSource(strings = {"160m", "256m", "512m", "4g"})
  @DisabledOnOs(OS.WINDOWS)
  void theJvmHasNothingToSayAboutItsSettings(String size) throws Exception {
    String settings = launcher("--memory", size).replaceAll(" -cp .*\\R?", " --version");

    Process jvm = new ProcessBuilder("bash", "-c", settings).redirectErrorStream(true).start();
    String said = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(jvm.waitFor()).as(said).isZero();
    assertThat(said).isNotEmpty().doesNotContain("warning", "[gc");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void theLauncherReadsItsOptionsFromTheEnvironmentToo() throws Exception {
    assertThat(bytes(launcher("KEYMERGE_MEMORY=1g"), "-Dkeymerge.memory.limit=(\\d+)"))
        .isEqualTo(1024 * MIB);
    assertThat(
            bytes(
                launcher("KEYMERGE_ARROW_MEMORY=50m", "--memory=1g"),
                "-Dkeymerge.engine.native=(\\d+)"))
        .isEqualTo(50 * MIB);
    assertThat(
            bytes(
                launcher("--memory=1g", "--min-free-memory", "1000t"),
                "-Dkeymerge.memory.limit=(\\d+)"))
        .isEqualTo(1);
  }

  @Test
  void aLimitThatTheJvmAloneWouldExceedIsRefused() {
    assertThatThrownBy(() -> of("159m", Map.of()))
        .isInstanceOf(MergeException.LimitExceeded.class)
        .hasMessage(
            "The process may take 159.0 MiB of memory, but no merge stays below 160.0 MiB.");
    assertThatThrownBy(() -> of("10m", LAUNCHED)).isInstanceOf(MergeException.LimitExceeded.class);
    assertThatThrownBy(() -> of(null, launched(64, 8, 8)))
        .isInstanceOf(MergeException.LimitExceeded.class);
  }

  @Test
  void whatIsNoSizeIsRefused() {
    assertThatThrownBy(() -> of("plenty", LAUNCHED))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("plenty");
    assertThatThrownBy(
            () -> ProcessMemory.of(new ProcessMemory.Wanted(null, "plenty", null), LAUNCHED))
        .isInstanceOf(MergeException.InvalidRequest.class);
  }

  private static ProcessMemory of(String option, Map<String, String> properties) {
    return ProcessMemory.of(new ProcessMemory.Wanted(option, null, null), properties);
  }

  private static Map<String, String> launched(long limit, long heap, long outside) {
    return Map.of(
        ProcessMemory.LIMIT_PROPERTY,
        limit + "m",
        ProcessMemory.HEAP_PROPERTY,
        heap + "m",
        ProcessMemory.NATIVE_PROPERTY,
        outside + "m");
  }

  /** Returns the command line that the launcher would run. */
  private static String launcher(String... settingsAndWords)
      throws IOException, InterruptedException {
    return launchedBy(new String[0], settingsAndWords);
  }

  /** Returns what the launcher says, started by {@code starter}, and the command line. */
  private static String launchedBy(String[] starter, String... settingsAndWords)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(starter));
    command.add("../keymerge");
    ProcessBuilder builder = new ProcessBuilder();
    builder.environment().keySet().removeIf(name -> name.startsWith("KEYMERGE_"));
    builder.environment().put("KEYMERGE_PRINT_COMMAND", "1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    for (String word : settingsAndWords) {
      if (word.startsWith("KEYMERGE_")) {
        builder.environment().put(word.split("=")[0], word.split("=")[1]);
      } else {
        command.add(word);
      }
    }
    Process process = builder.command(command).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    return out;
  }

  private static long bytes(String launched, String pattern) {
    Matcher matcher = Pattern.compile(pattern + " ").matcher(launched);
    assertThat(matcher.find()).as("%s in %s", pattern, launched).isTrue();
    return Long.parseLong(matcher.group(1));
  }
}
