package dev.keymerge.internal.rewrite.values;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.MatchCursor;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.plan.SourceTable;
import dev.keymerge.internal.rewrite.values.ScatteredValues.MatchRange;
import dev.keymerge.internal.spill.SpillStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the values that many matches take into the target's order, over the disk: reads each
 * column of the source once from front to back, and writes each value to the bucket of the match
 * that takes it.
 *
 * <p>Fetching in the target's order reads the source again for every piece when the source is in
 * another order; this reads and writes everything twice, whatever the order. A column for which it
 * does not work out, because memory or disk do not suffice or a value is refused that perhaps
 * nobody uses, is fetched directly instead.
 *
 * <p>First {@link #route} on one thread, then the pieces of work of {@link #columns} on any, then
 * {@link #feed} on any. Owns what it wrote; closed after all feeds.
 */
public final class ValueScatter implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(ValueScatter.class);
  private static final int LEAST_BLOCK_BYTES = 1 << 10;
  private static final int USEFUL_BLOCK_BYTES = 16 << 10;
  private static final int MOST_BLOCK_BYTES = 64 << 10;

  private final ScatterMeans means;
  private final List<FilePlan> plans;
  private final long[] firstMatches;
  private final MatchNumbers numbers;
  private final List<Way> ways = new ArrayList<>();
  private final Map<String, SpilledColumn> columns = new ConcurrentHashMap<>();

  /**
   * Prepares a scatter to the matches of {@code plans}, which stay readable until this is closed.
   */
  public ValueScatter(ScatterMeans means, List<FilePlan> plans) {
    this.means = means;
    this.plans = plans;
    this.firstMatches = new long[plans.size() + 1];
    long rowGroups = 0;
    for (int file = 0; file < plans.size(); file++) {
      long matches = 0;
      for (RowGroupPlan rowGroup : plans.get(file).rowGroups()) {
        matches += rowGroup.matches().size();
        rowGroups++;
      }
      firstMatches[file + 1] = firstMatches[file] + matches;
    }
    this.numbers = MatchNumbers.of(matches(), rowGroups);
  }

  /**
   * Ties a route to the columns that take it.
   *
   * @param route which source row goes where
   * @param places see {@link SpilledColumn}
   * @param columns names of the columns
   */
  private record Way(Route route, @Nullable SpillStream[] places, List<String> columns) {}

  private long matches() {
    return firstMatches[firstMatches.length - 1];
  }

  /** Finds out which source row goes where. */
  public void route() throws IOException {
    String order = means.schema().orderColumn();
    List<String> updated = new ArrayList<>(means.schema().updated());
    updated.remove(order);
    try {
      if (order != null) {
        // What a deletion or a row that turns out to be stale would write is of no interest, but
        // its order value is.
        route(List.of(order), MatchBlock.Selection.WITH_SOURCE);
      }
      if (!updated.isEmpty()) {
        route(updated, MatchBlock.Selection.UPDATES_LEFT);
      }
    } catch (MergeException.LimitExceeded refused) {
      LOGGER.debug("Values are fetched directly", refused);
    }
  }

  private void route(List<String> names, MatchBlock.Selection selection) throws IOException {
    try (RouteSorter sorter =
        new RouteSorter(
            means.spill(),
            means.budget().open("matches in the source's order"),
            means.source().rows())) {
      for (int file = 0; file < plans.size(); file++) {
        long match = firstMatches[file];
        for (RowGroupPlan rowGroup : plans.get(file).rowGroups()) {
          add(rowGroup, match, selection, sorter);
          match += rowGroup.matches().size();
        }
      }
      Route route = sorter.finish();
      try {
        ways.add(new Way(route, places(route), names));
      } catch (RuntimeException e) {
        route.close();
        throw e;
      }
    }
  }

  private void add(
      RowGroupPlan rowGroup, long first, MatchBlock.Selection selection, RouteSorter sorter)
      throws IOException {
    boolean deletions = selection == MatchBlock.Selection.WITH_SOURCE;
    long match = first;
    try (MatchCursor cursor = rowGroup.matches().open()) {
      while (cursor.next()) {
        means.checkpoint().run();
        long[] sourceRows = cursor.sourceRows();
        for (int i = 0; i < cursor.count(); i++) {
          long ordinal = RowGroupPlan.ordinal(sourceRows[i]);
          if (ordinal >= 0 && (deletions || !RowGroupPlan.deletes(sourceRows[i]))) {
            sorter.add(ordinal, match + i);
          }
        }
        match += cursor.count();
      }
    }
  }

  /** Writes the place of each value of a route, which all its columns share. */
  private @Nullable SpillStream[] places(Route route) {
    try (Buckets buckets = buckets(1);
        Route.Cursor cursor = route.open()) {
      while (cursor.next()) {
        means.checkpoint().run();
        for (int i = 0; i < cursor.count(); i++) {
          long match = cursor.matches()[i];
          long at = buckets.append(numbers.bucket(match), Character.BYTES);
          MemoryUtil.putShort(at, (short) numbers.place(match));
        }
      }
      return buckets.finish();
    }
  }

  /** Opens buckets whose buffers together take a share of the memory that is free. */
  private Buckets buckets(int atOnce) {
    int count = numbers.buckets(matches());
    long share = freeBytes() / atOnce;
    long block = Math.max(LEAST_BLOCK_BYTES, Math.min(MOST_BLOCK_BYTES, share / count));
    return new Buckets(means.spill(), count, (int) block);
  }

  /** Returns how much memory the buffers of all columns that are scattered at once may take. */
  private long freeBytes() {
    return means.budget().freeBytes(MemoryKind.NATIVE) / 2;
  }

  /**
   * Returns how many columns are best scattered at once: fewer than there are threads if buffers
   * would become so small that neither writing nor the list of blocks is cheap any more.
   */
  public int threads() {
    long wanted = (long) numbers.buckets(matches()) * USEFUL_BLOCK_BYTES;
    return (int) Math.max(1, Math.min(means.threads(), freeBytes() / Math.max(1, wanted)));
  }

  /**
   * Returns the work on each column, to be done on {@code threads} threads, in any order.
   *
   * @param threads see {@link #threads}
   */
  public List<Callable<String>> columns(int threads) {
    List<Callable<String>> pieces = new ArrayList<>();
    for (Way way : ways) {
      for (String column : way.columns()) {
        pieces.add(
            () -> {
              scatter(column, way, threads);
              return column;
            });
      }
    }
    return pieces;
  }

  private void scatter(String column, Way way, int threads) throws IOException {
    Field field = means.schema().field(column);
    try (Buckets buckets = buckets(threads);
        Route.Cursor cursor = way.route().open();
        SourceTable.SourceLookup lookup = means.source().lookup(column, means.allocator());
        FieldVector vector = field.createVector(means.allocator())) {
      ValueLayout layout = ValueLayout.of(field, vector);
      while (cursor.next()) {
        means.checkpoint().run();
        lookup.fetch(cursor.ordinals(), 0, cursor.count(), vector);
        layout.write(vector, cursor.count(), cursor.matches(), numbers, buckets);
      }
      columns.put(column, new SpilledColumn(numbers, layout, way.places(), buckets.finish()));
    } catch (MergeException.LimitExceeded | MergeException.BadData refused) {
      LOGGER.debug("Column {} is fetched directly", column, refused);
    }
  }

  /**
   * Returns the values that the matches of the plan with number {@code file} take; columns that
   * could not be scattered come from {@code otherwise}.
   */
  public ValueFeed feed(int file, ValueFeed otherwise) {
    return (ParquetFile target, RowGroupPlan plan, String column) -> {
      SpilledColumn spilled = columns.get(column);
      return spilled == null
          ? otherwise.open(target, plan, column)
          : new ScatteredValues(spilled, range(file, plan), means.schema().field(column), means);
    };
  }

  private MatchRange range(int file, RowGroupPlan plan) {
    long first = firstMatches[file];
    for (RowGroupPlan before : plans.get(file).rowGroups()) {
      if (before.rowGroup() == plan.rowGroup()) {
        return new MatchRange(first, first + plan.matches().size());
      }
      first += before.matches().size();
    }
    throw new IllegalArgumentException("Row group " + plan.rowGroup() + " has no matches");
  }

  @Override
  public void close() {
    columns.values().forEach(SpilledColumn::close);
    columns.clear();
    for (Way way : ways) {
      way.route().close();
      Buckets.close(way.places());
    }
    ways.clear();
  }
}
