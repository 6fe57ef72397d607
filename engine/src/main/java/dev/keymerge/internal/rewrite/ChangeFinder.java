package dev.keymerge.internal.rewrite;

import dev.keymerge.internal.key.CanonicalColumn;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.FlatColumnReader;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.RowGroupMatches;
import dev.keymerge.internal.plan.RowGroupPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Finds out which of the matched rows of a file really change, by comparing the columns that an
 * update may touch, one at a time and only in the rows that match.
 *
 * <p>Holds the values of one column for one block of rows. Not thread-safe.
 */
public final class ChangeFinder {
  private final RewriteContext context;
  private long updated;
  private long unchanged;
  private long stale;
  private long deleted;

  /** Creates a finder that borrows everything in {@code context}. */
  public ChangeFinder(RewriteContext context) {
    this.context = context;
  }

  /** Returns what {@code plan} really changes in {@code file}, which stays open. */
  public FileChanges find(ParquetFile file, FilePlan plan) throws IOException {
    updated = 0;
    unchanged = 0;
    stale = 0;
    deleted = 0;
    List<RowGroupChanges> changes = new ArrayList<>();
    for (RowGroupMatches rowGroup : plan.rowGroups()) {
      RowGroupChanges found = find(file, RowGroupPlan.of(rowGroup));
      if (!found.none()) {
        changes.add(found);
      }
    }
    return new FileChanges(changes, updated, unchanged, stale, deleted);
  }

  private RowGroupChanges find(ParquetFile file, RowGroupPlan plan) throws IOException {
    BitSet outdated = findStale(file, plan);
    Candidates updates = Candidates.updates(plan, outdated);
    BitSet changed = new BitSet(updates.size());
    Set<String> columns = new LinkedHashSet<>();
    if (updates.size() > 0) {
      for (String column : context.schema().updated()) {
        if (findChanged(file, plan.rowGroup(), column, updates, changed)) {
          columns.add(column);
        }
      }
    }
    return settle(plan, outdated, updates, changed, columns);
  }

  private RowGroupChanges settle(
      RowGroupPlan plan, BitSet outdated, Candidates updates, BitSet changed, Set<String> columns) {
    int matches = plan.positions().length;
    int deletions = 0;
    for (int i = 0; i < matches; i++) {
      if (RowGroupPlan.deletes(plan.sourceRows()[i]) && !outdated.get(i)) {
        deletions++;
      }
    }
    int size = deletions + changed.cardinality();
    int[] edits = new int[size];
    long[] sources = new long[size];
    int edit = 0;
    int update = 0;
    for (int i = 0; i < matches; i++) {
      if (outdated.get(i)) {
        continue;
      }
      if (RowGroupPlan.deletes(plan.sourceRows()[i])) {
        edits[edit] = plan.positions()[i];
        sources[edit++] = -1;
      } else if (changed.get(update++)) {
        edits[edit] = plan.positions()[i];
        sources[edit++] = plan.sourceRows()[i];
      }
    }
    updated += changed.cardinality();
    unchanged += updates.size() - changed.cardinality();
    stale += outdated.cardinality();
    deleted += deletions;
    return new RowGroupChanges(plan.rowGroup(), plan.rows(), edits, sources, deletions, columns);
  }

  /** Returns the matches whose stored row is newer than the source row. */
  private BitSet findStale(ParquetFile file, RowGroupPlan plan) throws IOException {
    BitSet outdated = new BitSet();
    String column = context.schema().orderColumn();
    if (column == null) {
      return outdated;
    }
    Candidates candidates = Candidates.withSource(plan);
    compare(
        file,
        plan.rowGroup(),
        column,
        candidates,
        (candidate, comparison) -> {
          if (comparison > 0) {
            outdated.set(candidates.indexes()[candidate]);
          }
        });
    return outdated;
  }

  private boolean findChanged(
      ParquetFile file, int rowGroup, String column, Candidates updates, BitSet changed)
      throws IOException {
    BitSet differing = new BitSet(updates.size());
    compare(
        file,
        rowGroup,
        column,
        updates,
        (candidate, comparison) -> {
          if (comparison != 0) {
            differing.set(candidate);
          }
        });
    changed.or(differing);
    return !differing.isEmpty();
  }

  /**
   * Compares the stored value of each candidate with its source value, by value and never by
   * encoding.
   */
  private void compare(
      ParquetFile file,
      int rowGroup,
      String column,
      Candidates candidates,
      ComparisonVisitor visitor)
      throws IOException {
    if (candidates.size() == 0) {
      return;
    }
    Field field = context.schema().field(column);
    int leaf = file.footer().requireColumn(column).firstLeaf();
    try (MemoryReservation memory = context.budget().open("comparing column " + column);
        CanonicalColumn stored = new CanonicalColumn(field, context.allocator(), memory);
        CanonicalColumn given = new CanonicalColumn(field, context.allocator(), memory);
        FlatColumnReader reader = file.column(rowGroup, leaf, field, context.allocator());
        FieldVector target = field.createVector(context.allocator());
        SourceValues values = context.sourceValues(file, rowGroup, column)) {
      int first = 0;
      while (first < candidates.size()) {
        context.cancel().check();
        int end = values.load(candidates.sourceRows(), first);
        reader.readSelected(candidates.positions(), first, end - first, target);
        stored.load(target, end - first);
        given.load(values.vector(), values.vector().getValueCount());
        for (int candidate = first; candidate < end; candidate++) {
          visitor.compared(
              candidate, stored.compare(candidate - first, given, values.slot(candidate)));
        }
        first = end;
      }
    }
  }

  /** Hears how the stored value of a candidate compares with its source value. */
  private interface ComparisonVisitor {
    void compared(int candidate, int comparison);
  }

  /**
   * Lists the matches of a row group that are looked at.
   *
   * @param indexes which entries of the plan they are
   * @param positions their rows in the row group
   * @param sourceRows ordinals of their source rows
   */
  private record Candidates(int[] indexes, int[] positions, long[] sourceRows) {
    int size() {
      return indexes.length;
    }

    static Candidates updates(RowGroupPlan plan, BitSet outdated) {
      return select(plan, outdated, false);
    }

    static Candidates withSource(RowGroupPlan plan) {
      return select(plan, new BitSet(), true);
    }

    private static Candidates select(RowGroupPlan plan, BitSet left, boolean deletions) {
      int size = 0;
      for (int i = 0; i < plan.positions().length; i++) {
        if (wanted(plan, i, left, deletions)) {
          size++;
        }
      }
      int[] indexes = new int[size];
      int[] positions = new int[size];
      long[] sourceRows = new long[size];
      int next = 0;
      for (int i = 0; i < plan.positions().length; i++) {
        if (wanted(plan, i, left, deletions)) {
          indexes[next] = i;
          positions[next] = plan.positions()[i];
          sourceRows[next++] = RowGroupPlan.ordinal(plan.sourceRows()[i]);
        }
      }
      return new Candidates(indexes, positions, sourceRows);
    }

    private static boolean wanted(RowGroupPlan plan, int i, BitSet left, boolean deletions) {
      long sourceRow = plan.sourceRows()[i];
      return !left.get(i)
          && RowGroupPlan.ordinal(sourceRow) >= 0
          && (deletions || !RowGroupPlan.deletes(sourceRow));
    }
  }
}
