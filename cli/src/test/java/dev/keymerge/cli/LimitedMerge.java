package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MemoryLimits;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Runs merges by the command line that {@code ./keymerge --memory M} makes, but with the classes of
 * this test, in a control group that grants a little less than M.
 *
 * <p>Every run is held to the promise: it ends well, nothing was killed, and the process stayed
 * below M. Where no control group can be made, the test is skipped.
 *
 * @param directory where the outputs of the process go
 * @param program the class that is started in the program's place
 */
record LimitedMerge(Path directory, Class<?> program) {
  private static final int POLL_MILLIS = 20;

  /**
   * What the kernel may charge to a group that is full, because a file system cannot do without: a
   * few pages. Groups grant so much less, so that their peak stays within the limit all the same.
   */
  private static final long FORCED_BYTES = 256 << 10;

  private static final int TICKS_PER_SECOND = 100;
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  /** Runs the program itself. */
  LimitedMerge(Path directory) {
    this(directory, Main.class);
  }

  /** Writes what the process reads. */
  @FunctionalInterface
  interface Feed {
    void writeTo(OutputStream input) throws IOException;
  }

  /**
   * Tells how a process ended and what it took.
   *
   * @param out its standard output
   * @param peakResidentBytes the kernel's count of the most that was resident at once
   * @param elapsed how long it ran
   * @param processor how long it used a processor
   */
  record Outcome(String out, long peakResidentBytes, Duration elapsed, Duration processor) {}

  /** Merges within {@code memory}, a size as the command line takes it. */
  Outcome run(String memory, String... words) throws IOException, InterruptedException {
    return run(memory, null, words);
  }

  /** Merges within {@code memory} what {@code feed} writes to standard input. */
  Outcome run(String memory, @Nullable Feed feed, String... words)
      throws IOException, InterruptedException {
    long limit = MemoryLimits.parse(memory).bytes();
    List<String> arguments = new ArrayList<>(List.of("merge", "--json", "--progress", "none"));
    arguments.addAll(List.of("--memory", memory));
    arguments.addAll(List.of(words));
    String command = launcherCommand(arguments);
    Path out = directory.resolve("out.json");
    Path err = directory.resolve("err.txt");
    try (MemoryCgroup group = MemoryCgroup.open(limit - FORCED_BYTES)) {
      long start = System.nanoTime();
      Process process =
          new ProcessBuilder(
                  "bash",
                  "-c",
                  "echo $$ >\"$0\"; eval \"exec $1\"",
                  group.processes().toString(),
                  command)
              .redirectInput(
                  feed == null
                      ? ProcessBuilder.Redirect.from(new File("/dev/null"))
                      : ProcessBuilder.Redirect.PIPE)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try {
        CompletableFuture<@Nullable Void> feeding = feeding(process, feed);
        Watch watch = watch(process);
        Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
        String said = Files.readString(err);
        assertThat(group.kills()).as("killed within %s: %s", memory, said).isZero();
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).doesNotContain("OutOfMemoryError");
        assertThat(watch.peakResidentBytes).isPositive().isLessThan(limit);
        assertThat(group.peakBytes()).isLessThanOrEqualTo(limit);
        feeding.join();
        return new Outcome(
            Files.readString(out), watch.peakResidentBytes, elapsed, watch.processor);
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }

  private static CompletableFuture<@Nullable Void> feeding(Process process, @Nullable Feed feed) {
    return CompletableFuture.runAsync(
        () -> {
          if (feed != null) {
            try (OutputStream input = process.getOutputStream()) {
              feed.writeTo(input);
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          }
        });
  }

  /** Returns the command line for bash, with this test's class path in place of the program's. */
  private String launcherCommand(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of("..", "keymerge").toAbsolutePath().normalize().toString());
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("KEYMERGE_"));
    builder.environment().put("KEYMERGE_PRINT_COMMAND", "1");
    Process printing = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed =
        new String(printing.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    assertThat(printing.waitFor()).isZero();
    String main = " " + Main.class.getName() + " ";
    String path = " -cp '" + System.getProperty("java.class.path") + "' " + program.getName() + " ";
    String replaced = printed.replaceFirst(" -cp \\S+" + main, Matcher.quoteReplacement(path));
    assertThat(replaced).contains(path);
    return replaced;
  }

  private static final class Watch {
    private long peakResidentBytes;
    private Duration processor = Duration.ZERO;
  }

  /** Waits for the end of a process, and keeps the last that the kernel said of it. */
  private static Watch watch(Process process) throws InterruptedException {
    Path files = Path.of("/proc", Long.toString(process.pid()));
    Watch watch = new Watch();
    while (process.isAlive()) {
      try (Stream<String> lines =
          Files.lines(files.resolve("status"), StandardCharsets.ISO_8859_1)) {
        lines
            .filter(line -> line.startsWith("VmHWM:"))
            .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
            .forEach(bytes -> watch.peakResidentBytes = bytes);
        String fields = Files.readString(files.resolve("stat"), StandardCharsets.ISO_8859_1);
        String[] afterName = fields.substring(fields.lastIndexOf(')') + 2).split(" ");
        long ticks =
            Long.parseLong(afterName[USER_TICKS]) + Long.parseLong(afterName[SYSTEM_TICKS]);
        watch.processor = Duration.ofMillis(ticks * 1000 / TICKS_PER_SECOND);
      } catch (IOException | java.io.UncheckedIOException gone) {
        // It ended in between; what was read before stands.
      }
      Thread.sleep(POLL_MILLIS);
    }
    return watch;
  }
}
