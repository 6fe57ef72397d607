package dev.keymerge.internal.locate;

import dev.keymerge.MergeException;
import dev.keymerge.NotMatchedBySourceAction;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.memory.BatchSizer;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.progress.CancelToken;
import java.io.IOException;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;

/**
 * Finds in one target file the rows that a merge concerns, by streaming its key columns past the
 * keys of the source.
 *
 * <p>Holds one batch of key columns. Serves one file after the other; not thread-safe. The probe
 * and the allocator are borrowed.
 */
public final class FileLocator {
  private final LocateRules rules;
  private final KeyProbe probe;
  private final BufferAllocator allocator;
  private final CancelToken cancel;
  private final LongConsumer rowsLookedUp;
  private final BatchSizer sizer;

  /**
   * Creates a locator.
   *
   * @param rules what to look for
   * @param probe where to look keys up; borrowed
   * @param allocator where batches of keys come from; borrowed
   * @param cancel asked before each batch
   * @param rowsLookedUp told the rows of each batch, and of row groups that may not match
   */
  public FileLocator(
      LocateRules rules,
      KeyProbe probe,
      BufferAllocator allocator,
      CancelToken cancel,
      LongConsumer rowsLookedUp) {
    this.rules = rules;
    this.probe = probe;
    this.allocator = allocator;
    this.cancel = cancel;
    this.rowsLookedUp = rowsLookedUp;
    this.sizer = new BatchSizer(rules.batchBytes());
  }

  /**
   * Finds out what happens to the rows of {@code file}.
   *
   * @param file open; stays open
   * @param mayMatch tells which row groups may hold a key of the source; the others are passed over
   * @param matches empty; filled and finished
   */
  public void locate(ParquetFile file, IntPredicate mayMatch, FileMatches matches)
      throws IOException {
    for (int rowGroup = 0; rowGroup < file.footer().rowGroups(); rowGroup++) {
      int rows = rows(file, rowGroup);
      if (mayMatch.test(rowGroup)) {
        locateRowGroup(file, rowGroup, rows, matches);
        matches.endRowGroup(rowGroup, rows);
      } else {
        rowsLookedUp.accept(rows);
      }
    }
    matches.finish();
  }

  private TargetKeys keys(ParquetFile file, int rowGroup) {
    return new TargetKeys(file, rowGroup, rules, sizer, allocator);
  }

  private static int rows(ParquetFile file, int rowGroup) {
    long rows = file.footer().rows(rowGroup);
    if (rows > Integer.MAX_VALUE) {
      throw new MergeException.BadData(
          "Row group "
              + rowGroup
              + " of "
              + file.footer().path()
              + " has "
              + rows
              + " rows, more than 2^31 - 1.",
          "Write the file again with smaller row groups.");
    }
    return (int) rows;
  }

  /**
   * Tells {@code sink} what is known in memory of the rows of {@code file}; the probe sets aside
   * the others.
   *
   * @param file open; stays open
   * @param wanted tells in which row groups to look
   * @param firstPosition position of the file's first row
   */
  public void locate(ParquetFile file, IntPredicate wanted, long firstPosition, MatchSink sink)
      throws IOException {
    long position = firstPosition;
    for (int rowGroup = 0; rowGroup < file.footer().rowGroups(); rowGroup++) {
      int rows = rows(file, rowGroup);
      if (wanted.test(rowGroup)) {
        locateRowGroup(file, rowGroup, position, sink);
      }
      position += rows;
    }
  }

  private void locateRowGroup(ParquetFile file, int rowGroup, long position, MatchSink sink)
      throws IOException {
    int rows = rows(file, rowGroup);
    try (TargetKeys keys = keys(file, rowGroup)) {
      int count;
      for (int first = 0; first < rows; first += count) {
        cancel.check();
        count = keys.read(rows - first);
        probe.probe(keys.vectors(), count, position + first);
        checkNullKeys(file, rowGroup, first);
        for (int row = 0; row < count; row++) {
          long source = probe.sourceRow(row);
          if (source >= 0) {
            sink.found(position + first + row, source, probe.deleteMarked(row));
          } else if (source != KeyProbe.LATER) {
            sink.absent(position + first + row);
          }
        }
        rowsLookedUp.accept(count);
      }
    }
  }

  /** Words the failure that a row of the target has the key of a source row. */
  public MergeException.BadData alreadyThere(
      ParquetFile file, int rowGroup, int row, long sourceRow) throws IOException {
    try (TargetKeys keys = keys(file, rowGroup)) {
      int first = 0;
      int count = keys.read(rows(file, rowGroup));
      while (row >= first + count) {
        first += count;
        count = keys.read(rows(file, rowGroup) - first);
      }
      return alreadyThere(file, keys.vectors(), row - first, sourceRow);
    }
  }

  private MergeException.BadData alreadyThere(
      ParquetFile file, List<FieldVector> keys, int row, long sourceRow) {
    return new MergeException.BadData(
        "Source row "
            + (sourceRow + 1)
            + " has the key "
            + keyText(keys, row)
            + ", which "
            + file.footer().path()
            + " holds already.",
        "Remove such rows from the source, or choose another action for matched rows.");
  }

  private void locateRowGroup(ParquetFile file, int rowGroup, int rows, FileMatches matches)
      throws IOException {
    try (TargetKeys keys = keys(file, rowGroup)) {
      int count;
      for (int first = 0; first < rows; first += count) {
        cancel.check();
        count = keys.read(rows - first);
        probe.probe(keys.vectors(), count, 0);
        checkNullKeys(file, rowGroup, first);
        collect(file, keys.vectors(), first, count, matches);
        rowsLookedUp.accept(count);
      }
    }
  }

  private void checkNullKeys(ParquetFile file, int rowGroup, int first) {
    if (rules.nullKeys() == NullKeyPolicy.FAIL && probe.firstNullKey() >= 0) {
      throw new MergeException.BadData(
          "The target has a null in its key: "
              + place(file, rowGroup, first + probe.firstNullKey())
              + ".",
          "Remove such rows, or let nulls match (--null-keys match) or never match (--null-keys"
              + " never).");
    }
  }

  private void collect(
      ParquetFile file, List<FieldVector> keys, int first, int count, FileMatches matches) {
    boolean deleteOthers = rules.notMatchedBySource() == NotMatchedBySourceAction.DELETE;
    for (int row = 0; row < count; row++) {
      long source = probe.sourceRow(row);
      if (source < 0) {
        if (deleteOthers) {
          matches.add(first + row, RowGroupPlan.DELETE);
        }
        continue;
      }
      switch (rules.matched()) {
        case UPDATE ->
            matches.add(
                first + row, probe.deleteMarked(row) ? RowGroupPlan.deleteBy(source) : source);
        case DELETE -> matches.add(first + row, RowGroupPlan.deleteBy(source));
        case KEEP -> {}
        case FAIL -> throw alreadyThere(file, keys, row, source);
      }
    }
  }

  private String keyText(List<FieldVector> keys, int row) {
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < keys.size(); i++) {
      text.append(i == 0 ? "" : ", ")
          .append(rules.keys().get(i).getName())
          .append('=')
          .append(keys.get(i).getObject(row));
    }
    return text.append(')').toString();
  }

  private static String place(ParquetFile file, int rowGroup, int row) {
    return file.footer().path() + ", row group " + rowGroup + ", row " + (row + 1);
  }
}
