package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProcessMemoryTest {
  private static final long MIB = 1 << 20;
  private static final Map<String, String> LAUNCHED =
      Map.of(
          ProcessMemory.LIMIT_PROPERTY,
          "" + 512 * MIB,
          ProcessMemory.ENGINE_PROPERTY,
          "" + 200 * MIB);

  @Test
  void theLaunchersNumbersCount() {
    assertThat(ProcessMemory.of(null, LAUNCHED)).isEqualTo(new ProcessMemory(512 * MIB, 200 * MIB));
    assertThat(ProcessMemory.of("512m", LAUNCHED))
        .isEqualTo(new ProcessMemory(512 * MIB, 200 * MIB));
  }

  @Test
  void anOptionThatTheLauncherDidNotSeeLowersTheLimitOnly() {
    assertThat(ProcessMemory.of("300m", LAUNCHED).limitBytes()).isEqualTo(300 * MIB);
    assertThat(ProcessMemory.of("300m", LAUNCHED).engineBytes()).isLessThan(200 * MIB);
    assertThat(ProcessMemory.of("8g", LAUNCHED).limitBytes()).isEqualTo(512 * MIB);
  }

  @Test
  void withoutTheLauncherTheEngineGetsWhatTheLauncherWouldGive() {
    // 1 GiB less 128 MiB that any such JVM takes and 24 MiB of small objects, of which the engine
    // gets 4/9.
    ProcessMemory memory = ProcessMemory.of("1g", Map.of());

    assertThat(memory.limitBytes()).isEqualTo(1024 * MIB);
    assertThat(memory.engineBytes() / MIB).isEqualTo((1024 - 128 - 24) * 4 / 9);
  }

  @Test
  void theLeastLimitLeavesTheEngineALittle() {
    assertThat(ProcessMemory.of("128m", Map.of()).engineBytes()).isEqualTo(8 * MIB);
  }

  @Test
  void aLimitThatTheJvmAloneWouldExceedIsRefused() {
    Map<String, String> launched =
        Map.of(
            ProcessMemory.LIMIT_PROPERTY,
            "" + 64 * MIB,
            ProcessMemory.ENGINE_PROPERTY,
            "" + 8 * MIB);

    assertThatThrownBy(() -> ProcessMemory.of("127m", Map.of()))
        .isInstanceOf(MergeException.LimitExceeded.class)
        .hasMessage(
            "The process may take 127.0 MiB of memory, but no merge stays below 128.0 MiB.");
    assertThatThrownBy(() -> ProcessMemory.of("10m", LAUNCHED))
        .isInstanceOf(MergeException.LimitExceeded.class);
    assertThatThrownBy(() -> ProcessMemory.of(null, launched))
        .isInstanceOf(MergeException.LimitExceeded.class);
  }

  @Test
  void whatIsNoSizeIsRefused() {
    assertThatThrownBy(() -> ProcessMemory.of("plenty", LAUNCHED))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("plenty");
  }
}
