package dev.keymerge.testdata.row;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Holds the rows of a table in memory, file by file.
 *
 * @param schema columns of every row
 * @param files rows of each file in order; none for a table that does not exist yet
 */
public record Table(TableSchema schema, List<List<@Nullable Object[]>> files) {

  /** Makes a table of one file. */
  public static Table of(TableSchema schema, List<@Nullable Object[]> rows) {
    return new Table(schema, List.of(rows));
  }

  /** Makes a table of one file. */
  public static Table of(TableSchema schema, @Nullable Object[]... rows) {
    return new Table(schema, List.of(Arrays.asList(rows)));
  }

  /** Makes a table without files. */
  public static Table empty(TableSchema schema) {
    return new Table(schema, List.of());
  }

  /** Lists the rows of all files in order. */
  public List<@Nullable Object[]> allRows() {
    List<@Nullable Object[]> rows = new ArrayList<>();
    files.forEach(rows::addAll);
    return rows;
  }
}
