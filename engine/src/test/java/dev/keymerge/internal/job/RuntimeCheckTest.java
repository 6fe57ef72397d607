package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;

class RuntimeCheckTest {
  private static final String OPENS = "--add-opens=java.base/java.nio=ALL-UNNAMED";

  @Test
  void acceptsThisVirtualMachine() {
    assertThatCode(RuntimeCheck::requireNativeMemory).doesNotThrowAnyException();
  }

  @Test
  void namesTheFlagThatIsMissing() throws IOException, InterruptedException {
    assertThat(check()).contains("Start java with " + OPENS + ";");
    assertThat(check(OPENS)).contains("accepted");
  }

  @Test
  @EnabledForJreRange(minVersion = 24)
  void namesTheFlagThatLetsArrowReachMemoryOnNewerMachines()
      throws IOException, InterruptedException {
    assertThat(check(OPENS, "--sun-misc-unsafe-memory-access=deny"))
        .contains("Start java with --sun-misc-unsafe-memory-access=allow;");
  }

  /** Returns what the check says in a virtual machine that is started with {@code flags}. */
  private static String check(String... flags) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(flags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Child.class.getName()));
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    child.waitFor();
    return output;
  }

  /** Runs the check in a virtual machine of its own. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) {
      try {
        RuntimeCheck.requireNativeMemory();
        System.out.println("accepted");
      } catch (MergeException.InvalidRequest refusal) {
        System.out.println(refusal.remedy());
      }
    }
  }
}
