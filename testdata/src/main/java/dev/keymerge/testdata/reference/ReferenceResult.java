package dev.keymerge.testdata.reference;

import dev.keymerge.testdata.row.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Holds the rows that a merge must leave behind.
 *
 * @param schema columns of the result
 * @param files rows of each target file in their order, deleted ones gone, updated ones in place
 * @param inserted new rows in source order
 * @param changedFiles positions of the files in which a row was updated or deleted
 * @param counts what happened
 */
public record ReferenceResult(
    TableSchema schema,
    List<List<@Nullable Object[]>> files,
    List<@Nullable Object[]> inserted,
    SortedSet<Integer> changedFiles,
    MergeCounts counts) {

  /** Lists all rows: the files' in order, then the inserted ones. */
  public List<@Nullable Object[]> allRows() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    files.forEach(rows::addAll);
    rows.addAll(inserted);
    return rows;
  }
}
