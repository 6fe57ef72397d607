package dev.keymerge.internal.rewrite;

import dev.keymerge.internal.key.CanonicalColumn;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.FlatColumnReader;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.plan.FilePlan;
import dev.keymerge.internal.plan.MatchCursor;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.rewrite.values.MatchBlock;
import dev.keymerge.internal.rewrite.values.SourceValues;
import dev.keymerge.internal.rewrite.values.ValueFeed;
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
 * update may touch, one at a time and only in the rows that match. Once all of these are known to
 * change, the first difference in a column is enough: it is decoded again to be rewritten anyway.
 *
 * <p>Holds one bit per match of the file, and the values of one column for one block of rows. Not
 * thread-safe.
 */
public final class ChangeFinder {
  private final RewriteContext context;
  private final ValueFeed values;
  private final MemoryReservation memory;
  private long updated;
  private long unchanged;
  private long stale;
  private long deleted;

  /**
   * Creates a finder that borrows everything.
   *
   * @param values what the source has for the matches
   * @param memory charged with what the changes hold; given back by the caller when it is done with
   *     them
   */
  public ChangeFinder(RewriteContext context, ValueFeed values, MemoryReservation memory) {
    this.context = context;
    this.values = values;
    this.memory = memory;
  }

  /** Returns what {@code plan} really changes in {@code file}, which stays open. */
  public FileChanges find(ParquetFile file, FilePlan plan) throws IOException {
    updated = 0;
    unchanged = 0;
    stale = 0;
    deleted = 0;
    List<RowGroupChanges> changes = new ArrayList<>();
    for (RowGroupPlan rowGroup : plan.rowGroups()) {
      RowGroupChanges found = find(file, rowGroup);
      if (!found.none()) {
        changes.add(found);
      }
    }
    return new FileChanges(changes, updated, unchanged, stale, deleted);
  }

  private RowGroupChanges find(ParquetFile file, RowGroupPlan plan) throws IOException {
    long bitBytes = (long) plan.matches().size() / Byte.SIZE + Long.BYTES;
    memory.grow(2 * bitBytes);
    BitSet outdated = findStale(file, plan);
    BitSet changed = new BitSet(plan.matches().size());
    Set<String> columns = new LinkedHashSet<>();
    int updates = updates(plan, outdated);
    if (updates > 0) {
      ChangedRows rows = new ChangedRows(changed, updates);
      for (String column : context.schema().updated()) {
        rows.startColumn();
        compare(file, plan, column, new Chosen(MatchBlock.Selection.UPDATES_LEFT, outdated), rows);
        if (rows.columnDiffers()) {
          columns.add(column);
        }
      }
    }
    RowGroupChanges found = settle(plan, outdated, changed, columns);
    memory.shrink(bitBytes);
    return found;
  }

  /** Returns how many matches are updates that are left to be done. */
  private static int updates(RowGroupPlan plan, BitSet outdated) throws IOException {
    int count = 0;
    try (MatchCursor matches = plan.matches().open()) {
      int index = 0;
      while (matches.next()) {
        long[] sourceRows = matches.sourceRows();
        for (int i = 0; i < matches.count(); i++) {
          count += RowGroupPlan.deletes(sourceRows[i]) || outdated.get(index + i) ? 0 : 1;
        }
        index += matches.count();
      }
    }
    return count;
  }

  /** Counts what became of each match, and adds deletions to the bits in {@code changed}. */
  private RowGroupChanges settle(
      RowGroupPlan plan, BitSet outdated, BitSet changed, Set<String> columns) throws IOException {
    long changedRows = changed.cardinality();
    long deletions = 0;
    long left = 0;
    try (MatchCursor matches = plan.matches().open()) {
      int index = 0;
      while (matches.next()) {
        long[] sourceRows = matches.sourceRows();
        for (int i = 0; i < matches.count(); i++) {
          if (outdated.get(index + i)) {
            left++;
          } else if (RowGroupPlan.deletes(sourceRows[i])) {
            deletions++;
            changed.set(index + i);
          }
        }
        index += matches.count();
      }
    }
    updated += changedRows;
    unchanged += plan.matches().size() - left - deletions - changedRows;
    stale += left;
    deleted += deletions;
    return new RowGroupChanges(plan, changed, deletions, columns);
  }

  /** Returns the matches whose stored row is newer than the source row. */
  private BitSet findStale(ParquetFile file, RowGroupPlan plan) throws IOException {
    BitSet outdated = new BitSet();
    String column = context.schema().orderColumn();
    if (column != null) {
      compare(
          file,
          plan,
          column,
          new Chosen(MatchBlock.Selection.WITH_SOURCE, outdated),
          (match, comparison) -> {
            if (comparison > 0) {
              outdated.set(match);
            }
          });
    }
    return outdated;
  }

  /**
   * Compares the stored value of each chosen match with its source value, by value and never by
   * encoding, until {@code visitor} has heard enough.
   */
  private void compare(
      ParquetFile file, RowGroupPlan plan, String column, Chosen chosen, ComparisonVisitor visitor)
      throws IOException {
    Field field = context.schema().field(column);
    int leaf = file.footer().requireColumn(column).firstLeaf();
    try (MatchBlock block =
            MatchBlock.open(
                plan,
                chosen.selection(),
                chosen.bits(),
                context.budget().open("matches of a block of rows"));
        MemoryReservation comparing = context.budget().open("comparing column " + column);
        CanonicalColumn stored = new CanonicalColumn(field, context.allocator(), comparing);
        CanonicalColumn given = new CanonicalColumn(field, context.allocator(), comparing);
        FlatColumnReader reader = file.column(plan.rowGroup(), leaf, field, context.allocator());
        FieldVector target = field.createVector(context.allocator());
        SourceValues source = values.open(file, plan, column)) {
      while (!visitor.heardEnough() && block.next()) {
        int first = 0;
        while (first < block.size() && !visitor.heardEnough()) {
          context.cancel().check();
          int end = source.load(block, first);
          reader.readSelected(block.positions(), first, end - first, target);
          stored.load(target, end - first);
          given.load(source.vector(), source.vector().getValueCount());
          for (int entry = first; entry < end; entry++) {
            visitor.compared(
                block.indexes()[entry], stored.compare(entry - first, given, source.slot(entry)));
          }
          first = end;
        }
      }
    }
  }

  /** Hears how the stored value of a match compares with its source value. */
  private interface ComparisonVisitor {
    void compared(int match, int comparison);

    /** Returns whether other comparisons would tell nothing new. */
    default boolean heardEnough() {
      return false;
    }
  }

  /** Notes which rows change and whether the column that is compared differs in any of them. */
  private static final class ChangedRows implements ComparisonVisitor {
    private final BitSet changed;
    private int unchanged;
    private boolean columnDiffers;

    ChangedRows(BitSet changed, int updates) {
      this.changed = changed;
      this.unchanged = updates;
    }

    void startColumn() {
      columnDiffers = false;
    }

    boolean columnDiffers() {
      return columnDiffers;
    }

    @Override
    public void compared(int match, int comparison) {
      if (comparison != 0) {
        columnDiffers = true;
        if (!changed.get(match)) {
          changed.set(match);
          unchanged--;
        }
      }
    }

    @Override
    public boolean heardEnough() {
      return columnDiffers && unchanged == 0;
    }
  }

  /** Says which matches are looked at. */
  private record Chosen(MatchBlock.Selection selection, BitSet bits) {}
}
