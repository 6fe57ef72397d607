package dev.keymerge.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Runs the program as a process of its own, with this test's class path and flags.
 *
 * <p>Reads both outputs all the time, so that the process never waits for its reader. One thread at
 * a time.
 */
final class KeymergeProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 120;
  private static final long POLL_MILLIS = 20;

  private final Process process;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final CompletableFuture<Void> read;

  private KeymergeProcess(Process process) {
    this.process = process;
    this.read =
        CompletableFuture.allOf(
            reading(process.getInputStream(), out), reading(process.getErrorStream(), err));
  }

  /** Starts {@code keymerge words} in {@code directory}. */
  static KeymergeProcess start(Path directory, Map<String, String> environment, String... words)
      throws IOException {
    return start(directory, environment, List.of(), words);
  }

  private static KeymergeProcess start(
      Path directory, Map<String, String> environment, List<String> flags, String... words)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (flag.startsWith("--")) {
        command.add(flag);
      }
    }
    command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("KEYMERGE_"));
    builder.environment().putAll(environment);
    return new KeymergeProcess(builder.start());
  }

  /**
   * Runs {@code keymerge words} in {@code directory} to its end, with nothing on standard input.
   */
  static Outcome run(Path directory, Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    try (KeymergeProcess process = start(directory, environment, words)) {
      process.input().close();
      return process.await();
    }
  }

  /** Runs {@code keymerge words} in a process for which the launcher has set {@code flags}. */
  static Outcome runLaunched(Path directory, List<String> flags, String... words)
      throws IOException, InterruptedException {
    try (KeymergeProcess process = start(directory, Map.of(), flags, words)) {
      process.input().close();
      return process.await();
    }
  }

  /** Returns what the process reads as its standard input. */
  OutputStream input() {
    return process.getOutputStream();
  }

  /** Asks the process to end, as Ctrl-C and {@code kill} do. */
  void terminate() {
    // The process itself would close the streams that are still to be read.
    process.toHandle().destroy();
  }

  /** Asks the process to end as Ctrl-C does. */
  void interrupt() throws IOException, InterruptedException {
    int code =
        new ProcessBuilder("kill", "-INT", String.valueOf(pid())).inheritIO().start().waitFor();
    if (code != 0) {
      throw new AssertionError("kill ended with " + code);
    }
  }

  /** Ends the process at once, without its doing. */
  void kill() {
    process.toHandle().destroyForcibly();
  }

  /** Returns the number of the process. */
  long pid() {
    return process.pid();
  }

  /** Waits until {@code text} stands on standard error. */
  void awaitError(String text) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!err.toString().contains(text)) {
      if (System.nanoTime() > deadline || read.isDone()) {
        throw new AssertionError("The process does not say '" + text + "': " + err);
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** Waits for the end of the process. */
  Outcome await() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("The process does not end");
    }
    read.join();
    return new Outcome(process.exitValue(), out.toString(), err.toString());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private static CompletableFuture<Void> reading(InputStream stream, StringWriter text) {
    return CompletableFuture.runAsync(
        () -> {
          try (Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
            char[] some = new char[4096];
            for (int read = reader.read(some); read >= 0; read = reader.read(some)) {
              text.write(some, 0, read);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /**
   * Tells how a process ended.
   *
   * @param exitCode its exit code
   * @param out its standard output
   * @param err its standard error
   */
  record Outcome(int exitCode, String out, String err) {}
}
