package dev.keymerge.testdata.reference;

import dev.keymerge.testdata.reference.MergeRules.Matched;
import dev.keymerge.testdata.reference.MergeRules.NotMatched;
import dev.keymerge.testdata.reference.MergeRules.NotMatchedBySource;
import dev.keymerge.testdata.reference.MergeRules.NullKeys;
import dev.keymerge.testdata.reference.SourceKeys.SourceRow;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.ValueOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Merges rows in memory in the most obvious way, and so defines what every other merge must give.
 *
 * <p>Where words leave room, this is what holds:
 *
 * <ul>
 *   <li>Values of key, order and marker columns are looked at for every source row; other values
 *       only where they are written or compared. A value that does not fit the target's type
 *       refuses the merge when it is looked at.
 *   <li>An order column decides among source rows of one key first; only rows that tie for the
 *       greatest value are duplicates of each other.
 *   <li>Of the rows that a matched action {@code UPDATE} or {@code DELETE} meets, those newer than
 *       the source row are stale: neither updated nor deleted. {@code KEEP} and {@code FAIL} do not
 *       look at the order.
 *   <li>A delete marker turns {@code UPDATE} into {@code DELETE}. It changes nothing under {@code
 *       DELETE}, {@code KEEP} and {@code FAIL}. A marked row without a match is ignored, even where
 *       unmatched rows are forbidden.
 *   <li>Columns of the source whose values are neither compared nor written, as under {@code
 *       delete}, may be unknown to the target and of any type.
 *   <li>A required column that the source lacks refuses the merge only when a row is inserted.
 *   <li>Under {@link NullKeys#NEVER} a target row with a null in its key has no match, so that
 *       {@link NotMatchedBySource#DELETE} deletes it.
 *   <li>An update keeps the stored form of a value that is equal, for example a negative zero.
 * </ul>
 *
 * <p>Holds everything in memory; meant for tests. Call it from one thread.
 */
public final class ReferenceMerge {

  private final TableSchema schema;
  private final MergeRules rules;
  private final ColumnPlan plan;
  private final SourceKeys source;
  private final SortedSet<Integer> changedFiles = new TreeSet<>();
  private long inserted;
  private long updated;
  private long unchanged;
  private long deleted;
  private long stale;
  private long ignored;

  private ReferenceMerge(TableSchema schema, MergeRules rules, ColumnPlan plan, SourceKeys source) {
    this.schema = schema;
    this.rules = rules;
    this.plan = plan;
    this.source = source;
  }

  /**
   * Merges source rows into the rows of target files.
   *
   * @throws MergeRefusal when the rules forbid this merge
   */
  public static ReferenceResult merge(Table target, Table source, MergeRules rules) {
    ColumnPlan plan = new ColumnPlan(source.schema(), target.schema(), rules);
    SourceKeys keys = new SourceKeys(source.allRows(), plan, rules);
    return new ReferenceMerge(target.schema(), rules, plan, keys).run(target.files());
  }

  private ReferenceResult run(List<List<@Nullable Object[]>> targetFiles) {
    long rowsBefore = 0;
    List<List<@Nullable Object[]>> resultFiles = new ArrayList<>();
    for (int file = 0; file < targetFiles.size(); file++) {
      List<@Nullable Object[]> result = new ArrayList<>();
      for (@Nullable Object[] row : targetFiles.get(file)) {
        @Nullable Object @Nullable [] merged = mergedTargetRow(row);
        if (merged != row) {
          changedFiles.add(file);
        }
        if (merged != null) {
          result.add(merged);
        }
      }
      rowsBefore += targetFiles.get(file).size();
      resultFiles.add(result);
    }
    List<@Nullable Object[]> insertedRows = insertedRows();
    MergeCounts counts =
        new MergeCounts(
            source.rowsRead(),
            source.dropped(),
            inserted,
            updated,
            unchanged,
            deleted,
            stale,
            ignored,
            rowsBefore,
            rowsBefore + inserted - deleted);
    return new ReferenceResult(schema, resultFiles, insertedRows, changedFiles, counts);
  }

  /** Gives the same array for a row that stays, another for an update, null for a deletion. */
  private @Nullable Object @Nullable [] mergedTargetRow(@Nullable Object[] row) {
    List<@Nullable Object> key = plan.targetKey(row);
    if (key.contains(null) && rules.nullKeys() == NullKeys.FAIL) {
      throw new MergeRefusal(
          MergeRefusal.Kind.NULL_KEY, "a target row has a null in its key " + key);
    }
    boolean never = key.contains(null) && rules.nullKeys() == NullKeys.NEVER;
    SourceRow match = never ? null : source.winner(key);
    if (match == null) {
      boolean delete = rules.actions().notMatchedBySource() == NotMatchedBySource.DELETE;
      deleted += delete ? 1 : 0;
      return delete ? null : row;
    }
    match.matched = true;
    return switch (rules.actions().matched()) {
      case FAIL ->
          throw new MergeRefusal(
              MergeRefusal.Kind.MATCHED, "source row " + match.ordinal + " has a match: " + key);
      case KEEP -> row;
      case UPDATE, DELETE -> updatedOrDeleted(row, match);
    };
  }

  private @Nullable Object @Nullable [] updatedOrDeleted(@Nullable Object[] row, SourceRow match) {
    if (ValueOrder.NULLS_FIRST.compare(plan.targetOrder(row), match.order) > 0) {
      stale++;
      return row;
    }
    if (rules.actions().matched() == Matched.DELETE || plan.isMarked(match.values)) {
      deleted++;
      return null;
    }
    @Nullable Object[] changed = plan.updated(row, match.values, match.ordinal);
    if (Arrays.equals(changed, row)) {
      unchanged++;
      return row;
    }
    updated++;
    return changed;
  }

  private List<@Nullable Object[]> insertedRows() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (SourceRow row : source.rows()) {
      if (row.matched) {
        ignored += rules.actions().matched() == Matched.KEEP ? 1 : 0;
      } else if (plan.isMarked(row.values) || rules.actions().notMatched() == NotMatched.IGNORE) {
        ignored++;
      } else if (rules.actions().notMatched() == NotMatched.FAIL) {
        throw new MergeRefusal(
            MergeRefusal.Kind.NOT_MATCHED, "source row " + row.ordinal + " has no match");
      } else {
        rows.add(plan.inserted(row.values, row.ordinal));
        inserted++;
      }
    }
    return rows;
  }
}
