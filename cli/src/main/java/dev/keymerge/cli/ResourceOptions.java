package dev.keymerge.cli;

import dev.keymerge.MemoryLimits;
import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Says what a command may use of the machine. Filled by the parser. */
final class ResourceOptions {
  private static final Pattern PERCENT = Pattern.compile("\\s*(\\d{1,3})\\s*%?\\s*");

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = {
        "Most memory the whole process may take, such as 512m",
        "or 2g (default 60 %% of what the container has)."
      })
  @Nullable String memory;

  @Option(
      names = "--arrow-memory",
      paramLabel = "SIZE",
      description = {
        "Most of it for Arrow buffers, where keys are; what",
        "they lose the heap gets, where pages are."
      })
  @Nullable String arrowMemory;

  @Option(
      names = "--min-free-memory",
      paramLabel = "SIZE",
      description = "Keep this much of the machine's memory free.")
  @Nullable String minFreeMemory;

  @Option(
      names = "--spill-dir",
      paramLabel = "DIR",
      description = {
        "Where to put what does not fit into memory (default:",
        "beside the files that the merge stages)."
      })
  @Nullable String spillDirectory;

  @Option(
      names = "--spill-limit",
      paramLabel = "SIZE",
      description = "Most bytes to put there (default: what the disk has).")
  @Nullable String spillLimit;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that work (default one per processor).")
  @Nullable Integer threads;

  @Option(
      names = "--cpu-limit",
      paramLabel = "P%",
      description = {
        "Most of the processors' time to use, such as 50%%, in",
        "percent of all processors (default 100%%)."
      })
  @Nullable String cpuLimit;

  /** Returns what the process and the engine may take of memory. */
  ProcessMemory memory(Shell shell) {
    return ProcessMemory.of(
        new ProcessMemory.Wanted(memory, arrowMemory, minFreeMemory), shell.properties());
  }

  /**
   * Returns a builder of an engine that keeps to these options.
   *
   * @throws MergeException.InvalidRequest if one of them makes no sense
   */
  MergeEngine.Builder engine(ProcessMemory granted) {
    MergeEngine.Builder builder = MergeEngine.builder().memoryLimits(granted.engineLimits());
    if (threads != null) {
      if (threads < 1) {
        throw new MergeException.InvalidRequest(
            "--threads " + threads + " is not possible.", "Ask for at least one thread.");
      }
      builder.threads(threads);
    }
    if (spillDirectory != null) {
      builder.spillDirectory(Path.of(spillDirectory));
    }
    if (spillLimit != null) {
      builder.spillLimit(MemoryLimits.parse(spillLimit).bytes());
    }
    if (cpuLimit != null) {
      builder.cpuLimit(percent(cpuLimit));
    }
    return builder;
  }

  private static int percent(String text) {
    Matcher matcher = PERCENT.matcher(text);
    int percent = matcher.matches() ? Integer.parseInt(matcher.group(1)) : 0;
    if (percent < 1 || percent > 100) {
      throw new MergeException.InvalidRequest(
          "--cpu-limit " + text + " is not possible.", "Write a percentage like 50%, up to 100%.");
    }
    return percent;
  }
}
