package dev.keymerge.internal.job;

import dev.keymerge.MergeException;
import dev.keymerge.internal.locate.FileLocator;
import dev.keymerge.internal.locate.MatchBuckets;
import dev.keymerge.internal.locate.MatchWriter;
import dev.keymerge.internal.locate.SortedMatches;
import dev.keymerge.internal.locate.TargetRows;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Finds the target rows that a merge concerns: file by file as they are merged while all keys of
 * the source are in memory, and otherwise in all files first, by joining what is on disk.
 *
 * <p>{@link #run} comes first, on the job's thread; then any thread may ask for a file. Owns the
 * matches.
 */
final class TargetSearch implements AutoCloseable {
  private static final MatchSink NOBODY =
      new MatchSink() {
        @Override
        public void found(long position, long sourceRow, boolean deleteMarked) {
          // Only what the source says of itself is wanted.
        }

        @Override
        public void absent(long position) {
          // Only what the source says of itself is wanted.
        }
      };

  private final MergeContext context;
  private final Tuning tuning;
  private final List<TargetFile> files;
  private @Nullable SortedMatches matches;

  TargetSearch(MergeContext context, Tuning tuning, Snapshot snapshot) {
    this.context = context;
    this.tuning = tuning;
    this.files = snapshot.files();
  }

  /** Joins source and target if keys of the source are on disk. */
  void run() throws IOException {
    if (context.index().spilledPartitions() == 0) {
      return;
    }
    TargetRows rows = TargetRows.of(files);
    try (MatchBuckets buckets =
        new MatchBuckets(
            rows,
            context.rules(),
            context.spill(),
            context.rewrite().allocator(),
            context.budget())) {
      try {
        searchAll(rows, buckets);
      } catch (MergeException.BadData failure) {
        // What is wrong with the source itself comes first, as it does when all is in memory.
        context.index().join(NOBODY, () -> {});
        throw failure;
      }
      try (MatchWriter found = buckets.writer()) {
        context.index().join(found, context.rewrite().cancel()::check);
        found.finish();
      }
      check(buckets, rows);
      matches = buckets.sort();
    }
  }

  private void searchAll(TargetRows rows, MatchBuckets buckets) throws IOException {
    int threads = Math.max(1, Math.min(tuning.threads(), files.size()));
    AtomicInteger next = new AtomicInteger();
    List<Callable<Integer>> pieces = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      List<Integer> taken = new ArrayList<>();
      pieces.add(() -> search(taken, next, rows, buckets));
    }
    try (Workers workers = new Workers(threads, context.rewrite().cancel())) {
      workers.runAll(pieces);
    }
  }

  /**
   * Searches files until none is left, and returns how many they were.
   *
   * @param taken the files that this piece has taken so far: when it is run once more, everything
   *     that it had found in them is gone, so they are searched again
   */
  private int search(List<Integer> taken, AtomicInteger next, TargetRows rows, MatchBuckets buckets)
      throws IOException {
    try (KeyProbe probe = context.index().probe();
        MatchWriter found = buckets.writer()) {
      FileLocator locator = locator(probe);
      for (int number : List.copyOf(taken)) {
        searchFile(number, locator, rows, found);
      }
      for (int number = next.getAndIncrement();
          number < files.size();
          number = next.getAndIncrement()) {
        taken.add(number);
        searchFile(number, locator, rows, found);
      }
      probe.finish();
      found.finish();
    }
    return taken.size();
  }

  private void searchFile(int number, FileLocator locator, TargetRows rows, MatchWriter found)
      throws IOException {
    try (FileMerge merge = new FileMerge(files.get(number), context)) {
      merge.locate(locator, rows.firstRow(number), found);
    }
  }

  private FileLocator locator(KeyProbe probe) {
    return new FileLocator(
        context.rules(),
        probe,
        context.rewrite().allocator(),
        context.rewrite().cancel(),
        rows -> context.progress().addRows(rows));
  }

  private void check(MatchBuckets buckets, TargetRows rows) throws IOException {
    MatchBuckets.Refused refused = buckets.refused();
    if (refused == null) {
      return;
    }
    TargetFile target = files.get(rows.file(refused.position()));
    try (ParquetFile file =
            ParquetFile.open(context.storage().open(target.path()), context.rewrite().memory());
        KeyProbe unused = context.index().probe()) {
      throw locator(unused)
          .alreadyThere(
              file,
              rows.rowGroupInFile(refused.position()),
              rows.rowInRowGroup(refused.position()),
              refused.sourceRow());
    }
  }

  /** Finds the matches in a file and returns whether there are any. */
  boolean locate(int number, FileMerge merge) throws IOException {
    SortedMatches known = matches;
    return known == null ? merge.locate() : merge.located(known.plan(number, files.get(number)));
  }

  @Override
  public void close() {
    SortedMatches known = matches;
    if (known != null) {
      known.close();
    }
  }
}
