package dev.keymerge.testdata.row;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Orders the columns of a table; a row of it is an {@code Object[]} with one element per column.
 *
 * <p>Immutable; two schemas are equal when their columns are. The Java class of each element stands
 * at {@link LogicalType}.
 */
public final class TableSchema {

  private final List<Column> columns;
  private final Map<String, Integer> positions;

  private TableSchema(List<Column> columns) {
    this.columns = List.copyOf(columns);
    this.positions = new HashMap<>();
    for (int position = 0; position < this.columns.size(); position++) {
      String name = this.columns.get(position).name();
      if (positions.put(name, position) != null) {
        throw new IllegalArgumentException("column name used twice: " + name);
      }
    }
  }

  /** Makes a schema of columns with distinct names. */
  public static TableSchema of(Column... columns) {
    return new TableSchema(List.of(columns));
  }

  /** Makes a schema of columns with distinct names. */
  public static TableSchema of(List<Column> columns) {
    return new TableSchema(columns);
  }

  /** Lists the columns in order. */
  public List<Column> columns() {
    return columns;
  }

  /** Tells the number of columns. */
  public int size() {
    return columns.size();
  }

  /** Gives the column at a position. */
  public Column column(int position) {
    return columns.get(position);
  }

  /** Gives a column by its exact name. */
  public Column column(String name) {
    return columns.get(position(name));
  }

  /** Tells whether there is a column of exactly this name. */
  public boolean has(String name) {
    return positions.containsKey(name);
  }

  /** Tells where a column stands. */
  public int position(String name) {
    Integer position = positions.get(name);
    if (position == null) {
      throw new IllegalArgumentException("no column " + name + "; the columns are " + names());
    }
    return position;
  }

  /** Lists the column names in order. */
  public List<String> names() {
    return columns.stream().map(Column::name).toList();
  }

  /** Keeps the named columns, in the given order. */
  public TableSchema select(List<String> names) {
    return new TableSchema(names.stream().map(this::column).toList());
  }

  /** Adds columns at the end. */
  public TableSchema plus(Column... added) {
    List<Column> all = new ArrayList<>(columns);
    all.addAll(List.of(added));
    return new TableSchema(all);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TableSchema schema && columns.equals(schema.columns);
  }

  @Override
  public int hashCode() {
    return columns.hashCode();
  }

  @Override
  public String toString() {
    return columns.toString();
  }
}
