package dev.keymerge.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Runs command lines in this process and keeps what they print. Not thread-safe. */
final class RecordingShell {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> environment = new HashMap<>();
  private boolean terminal;

  RecordingShell with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  RecordingShell onTerminal() {
    terminal = true;
    return this;
  }

  Shell shell() {
    return new Shell(
        new ByteArrayInputStream(new byte[0]),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        terminal,
        environment,
        Map.of());
  }

  /** Runs a command line, and forgets what the one before printed. */
  int run(String... words) {
    out.reset();
    err.reset();
    Shell shell = shell();
    return new Program(shell, new Cancellation(shell)).run(words);
  }

  String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
