package dev.keymerge.cli;

import dev.keymerge.MergeException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Says what a command may use of the machine. Filled by the parser. */
final class ResourceOptions {
  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = {
        "Most memory the whole process may take, such as 512m",
        "or 2g (default 60 %% of what the container has)."
      })
  @Nullable String memory;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that work (default one per processor).")
  @Nullable Integer threads;

  /** Returns the number of threads, or 0 to let the engine choose. */
  int threadsOrZero() {
    if (threads == null) {
      return 0;
    }
    if (threads < 1) {
      throw new MergeException.InvalidRequest(
          "--threads " + threads + " is not possible.", "Ask for at least one thread.");
    }
    return threads;
  }

  /** Returns what the process and the engine may take. */
  ProcessMemory memory(Shell shell) {
    return ProcessMemory.of(memory, shell.properties());
  }
}
