package dev.keymerge.cli;

import dev.keymerge.MergeEngine;
import dev.keymerge.MergeException;
import dev.keymerge.MergeHandle;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.ProgressListener;

/**
 * Runs one merge as a command does: under the process's memory limit, with progress, and open to
 * Ctrl-C.
 *
 * @param shell where progress is shown
 * @param cancellation what a signal tells
 * @param settings what the engine may use of the machine
 */
record MergeRunner(Shell shell, Cancellation cancellation, MergeEngine.Builder settings) {
  /** Merges, and returns what was done. */
  MergeResult merge(MergeRequest request, ProgressStyle style) {
    return run(style, (engine, progress) -> engine.submit(request, progress));
  }

  /** Returns what {@link #merge} would do, and changes nothing. */
  MergeResult plan(MergeRequest request, ProgressStyle style) {
    return run(style, (engine, progress) -> engine.submitPlan(request, progress));
  }

  private MergeResult run(ProgressStyle style, Work work) {
    MergeResult result = null;
    try (MergeEngine engine = settings.build();
        ProgressDisplay progress = ProgressDisplay.open(style, shell)) {
      result = cancellation.start(() -> work.start(engine, progress)).await();
      return result;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw cancelled();
    } catch (MergeException.InputOutput failure) {
      // Standard input was closed under the merge that waited for it.
      throw cancellation.cancelled() ? cancelled() : failure;
    } catch (RuntimeException | Error failure) {
      if (result != null && !result.dryRun()) {
        throw Announcement.failed("The merge is complete", failure);
      }
      throw failure;
    }
  }

  private static MergeException.Cancelled cancelled() {
    return new MergeException.Cancelled(
        "The merge was cancelled; the target is as it was.", "Run the command again to merge.");
  }

  /** Begins one piece of work on an engine. */
  @FunctionalInterface
  private interface Work {
    MergeHandle start(MergeEngine engine, ProgressListener progress);
  }
}
