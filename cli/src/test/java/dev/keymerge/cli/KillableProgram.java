package dev.keymerge.cli;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/**
 * Starts the program as fast as it can be started, again and again, so that it can be killed.
 *
 * <p>As the launcher does, it uses an archive of class data; that takes a class path of jars alone,
 * so the directories on the class path of the test are packed once.
 *
 * @param command what starts the program, without the words of a user
 */
record KillableProgram(List<String> command) {
  private static final long PATIENCE_SECONDS = 120;

  /** Prepares a program, whose files go to {@code directory}. */
  static KillableProgram prepare(Path directory, List<String> rehearsal)
      throws IOException, InterruptedException {
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (flag.startsWith("--")) {
        java.add(flag);
      }
    }
    java.addAll(List.of("-Xmx128m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    java.addAll(List.of("-XX:-UsePerfData", "-Xlog:disable"));
    List<String> program = List.of("-cp", jars(directory), Main.class.getName());
    Path archive = directory.resolve("classes.jsa");
    List<String> dump = new ArrayList<>(java);
    dump.add("-XX:ArchiveClassesAtExit=" + archive);
    dump.addAll(program);
    new KillableProgram(dump)
        .start(directory, rehearsal)
        .waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
    List<String> command = new ArrayList<>(java);
    command.addAll(List.of("-Xshare:auto", "-XX:SharedArchiveFile=" + archive));
    command.addAll(program);
    return new KillableProgram(command);
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
    File said = directory.resolve("said.txt").toFile();
    return new ProcessBuilder(all)
        .directory(directory.toFile())
        .redirectErrorStream(true)
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
        .redirectOutput(said)
        .start();
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
