package dev.keymerge.fuzz;

import dev.keymerge.DatasetInfo;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.MemoryStorage;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Runs one merge or inspection over files in memory and checks all that must hold however it ends.
 *
 * <p>It ends in time, counted in operations, allocated bytes and not by a clock; it fails with a
 * {@link MergeException} or not at all; a failed merge leaves every file as it was and nothing new;
 * all memory is given back; a merge that succeeds leaves a dataset whose footers can be read and
 * hold as many rows as it says.
 */
final class Arena {
  /** What a merge may hold: little, so that a malformed file that wants much is found. */
  static final long BUDGET_BYTES = 24L << 20;

  private static final long MOST_OPERATIONS = 20_000;
  private static final long MOST_WRITTEN_BYTES = 32L << 20;
  private static final int KEPT_MESSAGE = 40_000;

  private final MemoryStorage storage = new MemoryStorage(MOST_OPERATIONS, MOST_WRITTEN_BYTES);
  private final MemoryBudget budget = new MemoryBudget(BUDGET_BYTES);

  /** Puts a file where it shall stand. */
  Arena with(String path, byte[] content) {
    storage.put(path, content);
    return this;
  }

  /** Inspects a dataset. */
  void inspect(String target, List<String> keyColumns) {
    Map<String, byte[]> before = storage.files();
    long allocated = Allocation.ofThisThread();
    try (MergeRunner runner = runner()) {
      runner.inspect(target, keyColumns);
    } catch (MergeException refusal) {
      check(refusal);
    }
    Allocation.checkThisThread(allocated);
    requireSame(before);
    requireNothingHeld();
  }

  /** Merges into {@code target} as {@code settings} say. */
  void merge(String target, UnaryOperator<MergeRequest.Builder> settings) {
    Map<String, byte[]> before = storage.files();
    List<String> paths = storage.paths();
    try (MergeRunner runner = runner()) {
      MergeRequest request = settings.apply(MergeRequest.builder().target(target)).build();
      MergeResult result = run(runner, request);
      if (result.targetUnchanged()) {
        requireSame(before);
      } else {
        requireRows(runner, target, result.targetRowsAfter());
      }
    } catch (MergeException refusal) {
      check(refusal);
      requireSame(before);
      require(storage.paths().equals(paths), "a failed merge left " + storage.paths());
    }
    requireNothingHeld();
  }

  private static MergeResult run(MergeRunner runner, MergeRequest request) {
    try {
      return runner.run(request, null, RunMode.MERGE);
    } finally {
      Allocation.checkMergeThread();
    }
  }

  private MergeRunner runner() {
    Tuning usual = Tuning.of(1);
    Tuning tuning =
        new Tuning(1, usual.batchRows(), 2, usual.pruning(), usual.values(), new SeededKeyHash(1));
    return new MergeRunner(budget, storage, tuning, 1);
  }

  private void requireRows(MergeRunner runner, String target, long rows) {
    DatasetInfo after = runner.inspect(target, List.of());
    require(after.rows() == rows, "the merge says " + rows + " rows, the files " + after.rows());
  }

  /** Checks that a refusal says something, and not only what a library threw. */
  static void check(MergeException refusal) {
    require(
        refusal instanceof MergeException.BadData
            || refusal instanceof MergeException.InvalidRequest
            || refusal instanceof MergeException.LimitExceeded
            || refusal instanceof MergeException.InputOutput,
        "not a kind of failure for malformed input: " + refusal);
    String message = String.valueOf(refusal.getMessage());
    require(message.length() > 10 && message.length() < KEPT_MESSAGE, "message " + message);
    require(!refusal.remedy().isBlank(), "no remedy: " + message);
    requireNoStrayAccess(refusal);
    require(!message.matches("(?s).*(: | is )null"), "empty: " + message);
  }

  /**
   * Checks that no refusal came from Arrow's own look at the bounds of its memory: the program runs
   * without that look.
   */
  private static void requireNoStrayAccess(MergeException refusal) {
    for (Throwable cause = refusal.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof IndexOutOfBoundsException
          && cause.getStackTrace().length > 0
          && cause.getStackTrace()[0].getClassName().startsWith("org.apache.arrow.memory")) {
        throw new AssertionError("memory is read or written where it is not ours", cause);
      }
    }
  }

  private void requireSame(Map<String, byte[]> before) {
    Map<String, byte[]> after = storage.files();
    require(after.keySet().equals(before.keySet()), "files are now " + after.keySet());
    before.forEach(
        (path, bytes) -> require(Arrays.equals(bytes, after.get(path)), path + " has changed"));
  }

  private void requireNothingHeld() {
    require(budget.usedBytes() == 0, budget.usedBytes() + " bytes of the budget are still held");
  }

  static void require(boolean kept, String problem) {
    if (!kept) {
      throw new AssertionError(problem);
    }
  }
}
