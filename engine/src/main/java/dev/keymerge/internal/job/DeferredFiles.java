package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.MergeSchema;
import dev.keymerge.internal.rewrite.RewriteContext;
import dev.keymerge.internal.rewrite.values.FetchCost;
import dev.keymerge.internal.rewrite.values.ScatterMeans;
import dev.keymerge.internal.rewrite.values.ValueFeed;
import dev.keymerge.internal.rewrite.values.ValueScatter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds back files whose source values stand all over the source, until the matches of all of them
 * are known and their values are brought into the target's order together.
 *
 * <p>Files come in from any thread until {@link #gather}, which one thread calls. Owns the files
 * that it holds and what it wrote for them.
 */
final class DeferredFiles implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(DeferredFiles.class);

  /** What a file takes that waits, beside its matches. */
  private static final long WAITING_BYTES = 2 << 10;

  /** Fetching so many values takes no time worth mentioning. */
  private static final long LITTLE_ROWS = 1 << 20;

  private final MergeContext context;
  private final Tuning tuning;
  private final Map<Integer, Waiting> files = new TreeMap<>();
  private @Nullable ValueScatter scatter;

  DeferredFiles(MergeContext context, Tuning tuning) {
    this.context = context;
    this.tuning = tuning;
  }

  /**
   * Returns how many files may wait at once such that half of the heap that is free remains for
   * their matches and for work on them.
   */
  static int most(MemoryBudget budget) {
    long files = budget.freeBytes(MemoryKind.HEAP) / 2 / WAITING_BYTES;
    return (int) Math.min(Integer.MAX_VALUE, files);
  }

  /**
   * Ties a file that waits to what fetching its values directly would cost.
   *
   * @param merge the file with its matches
   * @param directRows see {@link FileMerge#directRows}
   */
  private record Waiting(FileMerge merge, long directRows) {}

  /** Brings the file with number {@code number} to its end once its values are at hand. */
  @FunctionalInterface
  interface Completion {
    FileWork complete(int number, FileMerge merge, ValueFeed values) throws IOException;
  }

  /**
   * Takes {@code merge} over, whose matches are known, if its values had better be fetched together
   * with those of other files; returns whether it did.
   */
  boolean take(int number, FileMerge merge) throws IOException {
    FilePlan plan = merge.plan();
    MergeSchema schema = context.rewrite().schema();
    boolean needsValues = schema.orderColumn() != null || !schema.updated().isEmpty();
    if (!needsValues || tuning.values() == Tuning.Values.DIRECT) {
      return false;
    }
    long direct = merge.directRows();
    // What is little beside reading the file's own keys is not worth a detour.
    boolean costly = direct > FetchCost.scatterRows(FetchCost.matches(plan), merge.rows() / 2);
    return (costly || tuning.values() == Tuning.Values.SCATTERED) && hold(number, merge, direct);
  }

  /**
   * Takes {@code merge} over, which got no memory beside others; returns whether it did, which it
   * does not if there is not even memory to wait with.
   */
  boolean postpone(int number, FileMerge merge) {
    try {
      merge.moveMatchesToDisk();
    } catch (MergeException.LimitExceeded refused) {
      LOGGER.debug("Matches of file {} stay in memory", number, refused);
    }
    return hold(number, merge, 0);
  }

  private boolean hold(int number, FileMerge merge, long directRows) {
    if (!merge.suspend(WAITING_BYTES)) {
      return false;
    }
    synchronized (files) {
      files.put(number, new Waiting(merge, directRows));
    }
    return true;
  }

  /**
   * Brings the values of all files that wait into their order, if that costs less than fetching
   * them, and returns the work that is left to do on each file.
   */
  List<Callable<FileWork>> gather(Completion completion) throws IOException {
    List<FilePlan> plans = new ArrayList<>();
    long direct = 0;
    long matches = 0;
    for (Waiting waiting : files.values()) {
      plans.add(waiting.merge().plan());
      direct += waiting.directRows();
      matches += FetchCost.matches(waiting.merge().plan());
    }
    long scattered = FetchCost.scatterRows(matches, context.rewrite().source().rows());
    if (tuning.values() == Tuning.Values.SCATTERED || direct > LITTLE_ROWS + scattered) {
      scatter(plans);
    }
    List<Callable<FileWork>> pieces = new ArrayList<>();
    int index = 0;
    for (Map.Entry<Integer, Waiting> file : files.entrySet()) {
      ValueFeed values = values(index++);
      pieces.add(
          () -> {
            // Closed only when done: the piece is run again if memory was refused.
            FileMerge merge = file.getValue().merge();
            FileWork work = completion.complete(file.getKey(), merge, values);
            merge.close();
            return work;
          });
    }
    return pieces;
  }

  private void scatter(List<FilePlan> plans) throws IOException {
    if (plans.isEmpty()) {
      return;
    }
    RewriteContext rewrite = context.rewrite();
    ScatterMeans means =
        new ScatterMeans(
            rewrite.source(),
            rewrite.schema(),
            context.spill(),
            rewrite.allocator(),
            rewrite.budget(),
            tuning.threads(),
            rewrite.blockBytes(),
            rewrite.cancel()::check);
    ValueScatter scattering = new ValueScatter(means, plans);
    scatter = scattering;
    scattering.route();
    int threads = scattering.threads();
    try (Workers workers = new Workers(threads, rewrite.cancel())) {
      workers.runAll(scattering.columns(threads));
    }
  }

  private ValueFeed values(int index) {
    ValueFeed direct = context.rewrite().directValues();
    ValueScatter scattered = scatter;
    return scattered == null ? direct : scattered.feed(index, direct);
  }

  /** Returns the numbers of the files that wait, ascending. */
  List<Integer> numbers() {
    return List.copyOf(files.keySet());
  }

  @Override
  public void close() {
    try {
      ValueScatter scattered = scatter;
      if (scattered != null) {
        scattered.close();
      }
    } finally {
      files.values().forEach(waiting -> waiting.merge().close());
    }
  }
}
