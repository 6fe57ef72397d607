package dev.keymerge.cli;

import dev.keymerge.MergeRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Says how a merge gets along with others, before and after it. Filled by the parser. */
final class CommitOptions {
  @Option(
      names = "--wait",
      paramLabel = "TIME",
      description = {
        "How long to wait, such as 30s or 10m, while another",
        "process changes the target (default: fail at once)."
      })
  @Nullable String patience;

  @Option(
      names = "--resume",
      description = {
        "Go on where an equal merge was interrupted; if this",
        "one is cancelled, leave the files it finished."
      })
  boolean resume;

  @Option(
      names = "--keep-previous",
      paramLabel = "TIME",
      description = {
        "Keep what the merge replaces for that long, such as",
        "24h or 7d, for keymerge undo (default: not at all)."
      })
  @Nullable String keepPrevious;

  /** Puts what was asked for into {@code request}. */
  void applyTo(MergeRequest.Builder request) {
    if (patience != null) {
      request.waitForLock(Times.parse("--wait", patience));
    }
    if (resume) {
      request.resume();
    }
    if (keepPrevious != null) {
      request.keepPrevious(Times.parse("--keep-previous", keepPrevious));
    }
  }
}
