package dev.keymerge.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fuzzes for as long as it is told, guided by the code that inputs reach; run by the profile {@code
 * fuzz} alone.
 *
 * <p>{@code -Dkeymerge.fuzz.seconds=N} says how long for each fuzzer. What is found out goes to
 * {@code target/fuzz}: inputs that reach more, and inputs that fail, which belong into the kept
 * ones once they are dealt with.
 */
@Tag("fuzz")
class FuzzingTest {
  private static final Path WORK = Path.of("target/fuzz").toAbsolutePath();
  private static final Path KEPT = Path.of("src/test/resources/fuzz").toAbsolutePath();

  @ParameterizedTest
  @EnumSource
  void noInputFails(FuzzCorpusTest.Fuzzer fuzzer) throws IOException, InterruptedException {
    String name = fuzzer.name().toLowerCase(Locale.ROOT);
    Path found = Files.createDirectories(WORK.resolve(name));
    Path failed = Files.createDirectories(WORK.resolve("failed-" + name));
    Path log = WORK.resolve(name + ".log");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx400m",
            "--add-opens=java.base/java.nio=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            "com.code_intelligence.jazzer.Jazzer",
            "--target_class=" + fuzzer.className(),
            "--instrumentation_includes=dev.keymerge.internal.**"
                + ":org.apache.arrow.vector.ipc.**:org.apache.arrow.flatbuf.**",
            "--custom_hook_includes=dev.keymerge.internal.**",
            "--reproducer_path=" + failed,
            found.toString(),
            KEPT.resolve(name).toString(),
            "-max_total_time=" + Integer.getInteger("keymerge.fuzz.seconds", 60),
            "-timeout=200",
            "-rss_limit_mb=0",
            "-max_len=2000",
            "-print_final_stats=1",
            "-artifact_prefix=" + failed + "/");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .directory(failed.toFile())
            .start();
    try {
      assertThat(process.waitFor()).as("see %s and %s", log, failed).isZero();
    } finally {
      process.destroyForcibly();
    }
  }
}
