package dev.keymerge.cli;

import dev.keymerge.MergeException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Holds what the shell gives to one invocation: streams, environment, and the properties that the
 * launcher sets.
 *
 * <p>Everything that a command learns about the outside comes from here, so that a test can give it
 * something else. The process owns the streams.
 *
 * @param in standard input; closed to wake a thread that waits for it
 * @param out standard output; carries results and nothing else
 * @param err standard error; carries summaries, progress and failures
 * @param terminal whether a person watches standard error on a terminal that can move its cursor
 * @param environment the environment variables
 * @param properties the properties whose names start with {@code keymerge.}
 */
record Shell(
    InputStream in,
    PrintStream out,
    PrintStream err,
    boolean terminal,
    Map<String, String> environment,
    Map<String, String> properties) {
  private static final String PREFIX = "keymerge.";
  private static final int DEFAULT_COLUMNS = 80;
  private static final int MOST_COLUMNS = 120;

  /** Copies both maps. */
  Shell {
    environment = Map.copyOf(environment);
    properties = Map.copyOf(properties);
  }

  /**
   * Prints a result on standard output.
   *
   * @throws MergeException.InputOutput if it does not arrive; a stream by itself keeps quiet then
   */
  void showResult(String text) {
    out.println(text);
    if (out.checkError()) {
      throw new MergeException.InputOutput(
          "The result cannot be written to standard output.",
          "Look whether the disk is full that it goes to, or its reader has ended.",
          new IOException("standard output does not take what is written"));
    }
  }

  /** Returns the shell that started this process. */
  static Shell ofProcess() {
    Map<String, String> properties = new HashMap<>();
    for (String name : System.getProperties().stringPropertyNames()) {
      if (name.startsWith(PREFIX)) {
        properties.put(name, System.getProperty(name));
      }
    }
    Map<String, String> environment = System.getenv();
    return new Shell(
        new StandardInput(),
        stream(FileDescriptor.out),
        stream(FileDescriptor.err),
        isTerminal(environment, properties),
        environment,
        properties);
  }

  /** Returns how many characters fit on a line of the terminal. */
  int columns() {
    String columns = environment.getOrDefault("COLUMNS", "");
    return columns.matches("[1-9]\\d{1,3}")
        ? Math.min(MOST_COLUMNS, Integer.parseInt(columns))
        : DEFAULT_COLUMNS;
  }

  /** Returns whether the terminal shows more than ASCII. */
  boolean unicode() {
    for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
      String locale = environment.getOrDefault(name, "");
      if (!locale.isEmpty()) {
        return locale.toLowerCase(Locale.ROOT).replace("-", "").contains("utf8");
      }
    }
    return false;
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    // Always UTF-8: JSON has to be, and a message shows names as they stand in the files.
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  private static boolean isTerminal(
      Map<String, String> environment, Map<String, String> properties) {
    if (environment.getOrDefault("TERM", "").equals("dumb")) {
      return false;
    }
    String told = properties.get("keymerge.terminal");
    if (told != null) {
      return Boolean.parseBoolean(told);
    }
    try {
      // The JVM only tells whether standard input and output are terminals, not whether standard
      // error is.
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException noSuchLink) {
      return System.console() != null;
    }
  }
}
