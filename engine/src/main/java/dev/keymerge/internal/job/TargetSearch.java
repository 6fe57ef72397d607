package dev.keymerge.internal.job;

import dev.keymerge.KeyMethod;
import dev.keymerge.MergeException;
import dev.keymerge.internal.index.KeyRounds;
import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.locate.FileLocator;
import dev.keymerge.internal.locate.MatchBuckets;
import dev.keymerge.internal.locate.MatchWriter;
import dev.keymerge.internal.locate.SortedMatches;
import dev.keymerge.internal.locate.TargetRows;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;
import dev.keymerge.internal.target.TargetRowGroup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the target rows that a merge concerns: file by file as they are merged while all keys of
 * the source are in memory, and otherwise in all files first, in rounds over what is on disk.
 *
 * <p>{@link #run} comes first, on the job's thread; then any thread may ask for a file. Owns the
 * matches.
 */
final class TargetSearch implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(TargetSearch.class);

  private final MergeContext context;
  private final Tuning tuning;
  private final List<TargetFile> files;
  private @Nullable SortedMatches matches;
  private KeyMethod method = KeyMethod.IN_MEMORY;
  private int passes = 1;

  TargetSearch(MergeContext context, Tuning tuning, Snapshot snapshot) {
    this.context = context;
    this.tuning = tuning;
    this.files = snapshot.files();
  }

  /** Brings source and target together if keys of the source are on disk. */
  void run() throws IOException {
    if (context.index().spilledPartitions() == 0) {
      return;
    }
    TargetRows rows = TargetRows.of(files);
    CancelToken cancel = context.rewrite().cancel();
    try (MatchBuckets buckets =
            new MatchBuckets(
                rows,
                context.rules(),
                context.spill(),
                context.rewrite().allocator(),
                context.budget());
        KeyRounds rounds = context.index().rounds(choose(), cancel::check)) {
      buckets.requireRoom();
      try {
        searchAll(rows, buckets, rounds);
      } catch (MergeException.BadData failure) {
        // What is wrong with the source itself comes first, as it does when all is in memory.
        rounds.finish(MatchSink.NOBODY, () -> {});
        throw failure;
      }
      try (MatchWriter found = buckets.writer()) {
        rounds.finish(found, cancel::check);
        found.finish();
      }
      check(buckets, rows);
      matches = buckets.sort();
      method = rounds.method();
      passes = method == KeyMethod.PASSES ? rounds.rounds() : 1;
    }
  }

  private KeyMethod choose() {
    return switch (tuning.overflow()) {
      case PARTITIONS -> KeyMethod.PARTITIONS;
      case PASSES -> KeyMethod.PASSES;
      case SORTED -> context.index().ranges() == null ? KeyMethod.PARTITIONS : KeyMethod.SORTED;
      case AUTO -> costs().cheapest();
    };
  }

  private KeyCosts costs() {
    KeyRanges ranges = context.index().ranges();
    long rows = 0;
    double beyond = 0;
    for (TargetFile file : files) {
      for (TargetRowGroup rowGroup : file.rowGroups()) {
        if (context.mayMatch(rowGroup)) {
          rows += rowGroup.rows();
          beyond +=
              ranges == null
                  ? 0
                  : rowGroup.rows() * ranges.beyondFirst(rowGroup.bounds(leadingKey()));
        }
      }
    }
    double outOfPlace = ranges == null ? KeyCosts.NO_RANGES : rows == 0 ? 0 : beyond / rows;
    KeyCosts costs =
        new KeyCosts(context.index().sizes(), rows, outOfPlace, context.spill().roomBytes());
    LOGGER.debug("Keys that do not fit into memory: {} of {}", costs.cheapest(), costs);
    return costs;
  }

  private String leadingKey() {
    return context.rules().keys().get(0).getName();
  }

  private void searchAll(TargetRows rows, MatchBuckets buckets, KeyRounds rounds)
      throws IOException {
    long targetRows = files.stream().mapToLong(TargetFile::rows).sum();
    int passes = expectedPasses(rounds.method());
    context.progress().expectMoreRows((passes - 1) * targetRows);
    while (rounds.next()) {
      if (rounds.method() == KeyMethod.PASSES && rounds.rounds() > passes) {
        context.progress().expectMoreRows(targetRows);
      }
      search(new Round(rounds, rows, buckets));
      try (MatchWriter found = buckets.writer()) {
        rounds.endRound(found);
        found.finish();
      }
    }
    if (rounds.method() == KeyMethod.PASSES && rounds.rounds() < passes) {
      // More fitted at once than was expected, so these passes are done too.
      context.progress().addRows((passes - rounds.rounds()) * targetRows);
    }
  }

  /** Returns how often all of the target's keys will be read, about, so that progress is even. */
  private int expectedPasses(KeyMethod chosen) {
    return chosen == KeyMethod.PASSES ? 1 + context.index().sizes().loads() : 1;
  }

  private void search(Round round) throws IOException {
    List<Integer> numbers = new ArrayList<>();
    for (int number = 0; number < files.size(); number++) {
      if (round.looksInto(number)) {
        numbers.add(number);
      }
    }
    int threads = Math.min(tuning.threads(), numbers.size());
    if (threads == 0) {
      return;
    }
    AtomicInteger next = new AtomicInteger();
    List<Callable<Integer>> pieces = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      List<Integer> taken = new ArrayList<>();
      pieces.add(() -> round.search(numbers, taken, next));
    }
    try (Workers workers = new Workers(threads, context.rewrite().cancel())) {
      workers.runAll(pieces);
    }
  }

  /** Looks up what one round of the index asks for, in any number of threads. */
  private final class Round {
    private final KeyRounds rounds;
    private final TargetRows rows;
    private final MatchBuckets buckets;

    Round(KeyRounds rounds, TargetRows rows, MatchBuckets buckets) {
      this.rounds = rounds;
      this.rows = rows;
      this.buckets = buckets;
    }

    boolean looksInto(int number) {
      return files.get(number).rowGroups().stream().anyMatch(this::looksInto);
    }

    private boolean looksInto(TargetRowGroup rowGroup) {
      return rounds.looksUp(rowGroup.bounds(leadingKey()));
    }

    /**
     * Searches files until none is left, and returns how many they were.
     *
     * @param taken which files this piece has taken so far: when it is run once more, everything
     *     that it had found in them is gone, so they are searched again
     */
    int search(List<Integer> numbers, List<Integer> taken, AtomicInteger next) throws IOException {
      try (KeyProbe probe = rounds.probe();
          MatchWriter found = buckets.writer()) {
        FileLocator locator = locator(probe);
        for (int number : List.copyOf(taken)) {
          searchFile(number, locator, found);
        }
        for (int at = next.getAndIncrement(); at < numbers.size(); at = next.getAndIncrement()) {
          taken.add(numbers.get(at));
          searchFile(numbers.get(at), locator, found);
        }
        probe.finish();
        found.finish();
      }
      return taken.size();
    }

    private void searchFile(int number, FileLocator locator, MatchWriter found) throws IOException {
      List<TargetRowGroup> rowGroups = files.get(number).rowGroups();
      try (FileMerge merge = new FileMerge(files.get(number), context)) {
        merge.locate(
            locator, rowGroup -> looksInto(rowGroups.get(rowGroup)), rows.firstRow(number), found);
      }
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

  /** Returns how the keys of both sides were brought together. */
  KeyMethod method() {
    return method;
  }

  /** Returns how often the target's keys were read. */
  int passes() {
    return passes;
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
