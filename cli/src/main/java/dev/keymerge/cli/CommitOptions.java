package dev.keymerge.cli;

import dev.keymerge.MergeRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Says how a merge gets along with others. Filled by the parser. */
final class CommitOptions {
  @Option(
      names = "--wait",
      paramLabel = "TIME",
      description = {
        "How long to wait, such as 30s or 10m, while another",
        "process changes the target (default: fail at once)."
      })
  @Nullable String patience;

  /** Puts what was asked for into {@code request}. */
  void applyTo(MergeRequest.Builder request) {
    if (patience != null) {
      request.waitForLock(Times.parse("--wait", patience));
    }
  }
}
