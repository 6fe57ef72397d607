package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.keymerge.MergeException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class RuntimeCheckTest {
  @Test
  void acceptsThisVirtualMachine() {
    assertThatCode(RuntimeCheck::requireNativeMemory).doesNotThrowAnyException();
  }

  @Test
  void namesTheFlagThatIsMissing() throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    child.waitFor();

    assertThat(output).contains("Start java with --add-opens=java.base/java.nio=ALL-UNNAMED;");
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
