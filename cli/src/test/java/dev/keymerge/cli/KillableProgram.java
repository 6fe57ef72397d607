package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Starts the program by the command line that {@code ./keymerge} makes, again and again, so that it
 * can be killed.
 *
 * <p>As the launcher does, it uses an archive of class data; that takes a class path of jars alone,
 * so the directories on the class path of the test are packed once.
 *
 * @param command what starts the program, without the words of a user
 */
record KillableProgram(List<String> command) {
  private static final long PATIENCE_SECONDS = 600;
  private static final String MEMORY = "256m";

  /** Prepares a program, whose files go to {@code directory}. */
  static KillableProgram prepare(Path directory, List<String> rehearsal)
      throws IOException, InterruptedException {
    List<String> java = launcherFlags();
    List<String> program = List.of("-cp", jars(directory), Main.class.getName());
    Path archive = directory.resolve("classes.jsa");
    List<String> dump = new ArrayList<>(java);
    dump.add("-XX:ArchiveClassesAtExit=" + archive);
    dump.addAll(program);
    // Where there is no archive, the program starts without it, as ./keymerge does.
    new KillableProgram(dump).run(directory, rehearsal);
    List<String> command = new ArrayList<>(java);
    command.addAll(
        List.of(
            "-Xshare:auto",
            "-XX:SharedArchiveFile=" + archive,
            "-Xlog:cds=off:stderr",
            "-Xlog:cds+dynamic=off:stderr",
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:ArchiveRelocationMode=0"));
    command.addAll(program);
    return new KillableProgram(command);
  }

  /**
   * Returns the environment, the Java and its flags that the launcher sets, without those that name
   * an archive of its own build.
   */
  private static List<String> launcherFlags() throws IOException, InterruptedException {
    String launcher = Path.of("..", "keymerge").toAbsolutePath().normalize().toString();
    ProcessBuilder builder =
        new ProcessBuilder(
            "bash",
            "-c",
            "printed=$(KEYMERGE_PRINT_COMMAND=1 \"$0\") && eval \"set -- $printed\""
                + " && printf '%s\\n' \"$@\"",
            launcher);
    cleanEnvironment(builder);
    Process printing = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> words =
        new String(printing.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .lines()
            .toList();
    assertThat(printing.waitFor()).isZero();
    List<String> flags = new ArrayList<>(words.subList(0, words.indexOf("-cp")));
    assertThat(flags).contains("-XX:+UseSerialGC").startsWith("env");
    flags.removeIf(flag -> flag.matches("-Xshare:.*|-XX:SharedArchiveFile=.*|-Xlog:cds.*"));
    return flags;
  }

  private static void cleanEnvironment(ProcessBuilder builder) {
    builder.environment().keySet().removeIf(name -> name.startsWith("KEYMERGE_"));
    builder.environment().put("KEYMERGE_MEMORY", MEMORY);
  }

  private static String jars(Path directory) throws IOException {
    List<String> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      Path place = Path.of(entry);
      if (!Files.isDirectory(place)) {
        path.add(entry);
      } else {
        Path jar = directory.resolve("classes-" + path.size() + ".jar");
        pack(place, jar);
        path.add(jar.toString());
      }
    }
    return String.join(File.pathSeparator, path);
  }

  private static void pack(Path classes, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream output = new JarOutputStream(file);
        Stream<Path> all = Files.walk(classes)) {
      for (Path path : all.filter(Files::isRegularFile).sorted().toList()) {
        output.putNextEntry(new JarEntry(classes.relativize(path).toString()));
        Files.copy(path, output);
      }
    }
  }

  /** Starts the program in {@code directory}; what it says goes to a file there. */
  Process start(Path directory, List<String> words) throws IOException {
    List<String> all = new ArrayList<>(command);
    all.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(all);
    cleanEnvironment(builder);
    return builder
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .redirectOutput(said(directory).toFile())
        .start();
  }

  /** Returns the file in {@code directory} that holds what the program said last. */
  static Path said(Path directory) {
    return directory.resolve("said.txt");
  }

  /** Runs the program to its end, and returns its exit code. */
  int run(Path directory, List<String> words) throws IOException, InterruptedException {
    Process process = start(directory, words);
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("The program does not end: " + words);
    }
    return process.exitValue();
  }
}
