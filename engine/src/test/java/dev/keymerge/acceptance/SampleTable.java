package dev.keymerge.acceptance;

import dev.keymerge.testdata.duckdb.DuckDb;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Knows a Parquet file as DuckDB sees it: its columns, which of them identify its rows, and how to
 * make sources that change a row of it.
 *
 * <p>The rows stand in DuckDB's table {@code before}, each with its number {@code row_number}.
 * Every sample has such a table in a schema of its own, which must be the current one: see {@link
 * #use}.
 */
final class SampleTable {
  private final DuckDb database;
  private final String schema;
  private final List<Column> columns;
  private final long rows;
  private final List<Column> key;

  private SampleTable(
      DuckDb database, String schema, List<Column> columns, long rows, List<Column> key) {
    this.database = database;
    this.schema = schema;
    this.columns = columns;
    this.rows = rows;
    this.key = key;
  }

  /**
   * Describes a column.
   *
   * @param name its name
   * @param type what DuckDB calls its type
   */
  record Column(String name, String type) {
    boolean isFlat() {
      return !type.startsWith("STRUCT") && !type.startsWith("MAP") && !type.endsWith("]");
    }

    String sql() {
      return DuckDb.name(name);
    }
  }

  /** Loads a file into a new schema; columns that DuckDB cannot read are left out. */
  static SampleTable load(DuckDb database, Path file) {
    String schema = DuckDb.name(file.getFileName().toString());
    database.run("CREATE SCHEMA " + schema);
    database.run("USE memory." + schema);
    List<Column> columns = new ArrayList<>();
    database.query(
        "DESCRIBE SELECT * FROM " + table(file),
        row -> columns.add(new Column(row.getString(1), row.getString(2))));
    columns.removeIf(column -> !isReadable(database, file, column));
    database.run("CREATE TABLE before AS " + select(columns, file));
    long rows = database.number("SELECT count(*) FROM before");
    return new SampleTable(database, schema, columns, rows, key(database, columns, rows));
  }

  private static String table(Path file) {
    return "read_parquet("
        + DuckDb.text(file.toString())
        + ", file_row_number = true, hive_partitioning = false)";
  }

  private static String select(List<Column> columns, Path file) {
    return "SELECT "
        + columns.stream().map(column -> column.sql() + ", ").collect(Collectors.joining())
        + "file_row_number AS row_number FROM "
        + table(file);
  }

  private static boolean isReadable(DuckDb database, Path file, Column column) {
    if (column.name().equals("file_row_number")) {
      return false;
    }
    try {
      database.query("SELECT " + column.sql() + " FROM " + table(file), row -> {});
      return true;
    } catch (IllegalStateException refusal) {
      return false;
    }
  }

  /** Takes one column that is unique, else columns one by one until they are, else the first. */
  private static List<Column> key(DuckDb database, List<Column> columns, long rows) {
    List<Column> flat = columns.stream().filter(Column::isFlat).toList();
    List<List<Column>> candidates = new ArrayList<>();
    flat.forEach(column -> candidates.add(List.of(column)));
    for (int count = 2; count <= flat.size(); count++) {
      candidates.add(flat.subList(0, count));
    }
    for (List<Column> candidate : candidates) {
      if (keys(database, candidate) == rows) {
        return candidate;
      }
    }
    return flat.isEmpty() ? List.of() : flat.subList(0, 1);
  }

  private static String list(List<Column> columns) {
    return columns.stream().map(Column::sql).collect(Collectors.joining(", "));
  }

  /** Makes this the table that questions are about. */
  SampleTable use() {
    database.run("USE memory." + schema);
    return this;
  }

  long rows() {
    return rows;
  }

  List<String> keyColumns() {
    return key.stream().map(Column::name).toList();
  }

  /** Returns the numbers of the rows that have the key of a row, which is one of them. */
  Set<Integer> rowsLike(long row) {
    Set<Integer> numbers = new TreeSet<>();
    database.query(
        "SELECT row_number FROM before t WHERE " + hasKeyOf(row),
        found -> numbers.add(found.getInt(1)));
    return numbers;
  }

  /** Counts the rows whose key a source has. */
  long matches(Path source) {
    return database.number(
        "SELECT count(*) FROM before t SEMI JOIN "
            + table(source)
            + " s ON "
            + key.stream()
                .map(column -> "t." + column.sql() + " IS NOT DISTINCT FROM s." + column.sql())
                .collect(Collectors.joining(" AND ")));
  }

  /** Writes a condition on table {@code t} that rows with the same key as a row satisfy. */
  private String hasKeyOf(long row) {
    return key.stream()
        .map(
            column ->
                "t."
                    + column.sql()
                    + " IS NOT DISTINCT FROM (SELECT "
                    + column.sql()
                    + " FROM before WHERE row_number = "
                    + row
                    + ")")
        .collect(Collectors.joining(" AND "));
  }

  /**
   * Writes a source with the flat columns of rows as they are, or with their keys alone if those
   * are not unique.
   */
  void writeSameRows(Path source, List<Long> numbers) {
    List<Column> taken = isUnique() ? flatColumns() : key;
    copy(
        "SELECT DISTINCT "
            + list(taken)
            + " FROM before WHERE row_number IN ("
            + numbers.stream().map(number -> "" + number).collect(Collectors.joining(", "))
            + ")",
        source);
  }

  /** Writes a source with the key of a row. */
  void writeKey(Path source, long row) {
    copy("SELECT " + list(key) + " FROM before WHERE row_number = " + row, source);
  }

  private boolean isUnique() {
    return keys(database, key) == rows;
  }

  private static long keys(DuckDb database, List<Column> key) {
    return database.number("SELECT count(*) FROM (SELECT DISTINCT " + list(key) + " FROM before)");
  }

  /** Finds a column that is not part of the key, with a value that no row with this key holds. */
  @Nullable Change change(long row) {
    for (Column column : columns) {
      String value = column.isFlat() && !key.contains(column) ? newValue(column) : null;
      if (value != null) {
        return new Change(column, value, row);
      }
    }
    return null;
  }

  /** Writes a source with the key of a row and a new value of one column. */
  void write(Path source, Change change) {
    copy(
        "SELECT "
            + list(key)
            + ", "
            + change.value()
            + " AS "
            + change.column().sql()
            + " FROM before WHERE row_number = "
            + change.row(),
        source);
  }

  /**
   * Writes a source with one row whose key this table lacks and whose other flat columns are those
   * of a row, or tells that no new key is known.
   */
  boolean writeNewKey(Path source, long row) {
    List<String> values = new ArrayList<>();
    for (Column column : flatColumns()) {
      String value = key.contains(column) ? newValue(column) : column.sql();
      if (value == null) {
        return false;
      }
      values.add(value + " AS " + column.sql());
    }
    copy(
        "SELECT "
            + String.join(", ", values)
            + " FROM (SELECT 1) LEFT JOIN before ON row_number = "
            + row,
        source);
    return true;
  }

  private List<Column> flatColumns() {
    return columns.stream().filter(Column::isFlat).toList();
  }

  private void copy(String query, Path source) {
    database.run("COPY (" + query + ") TO " + DuckDb.text(source.toString()) + " (FORMAT parquet)");
  }

  /** Writes a value that the column holds nowhere. */
  private @Nullable String newValue(Column column) {
    for (String candidate : candidates(column)) {
      String value = "CAST(" + candidate + " AS " + column.type() + ")";
      long found =
          database.number(
              "SELECT count(*) FROM before WHERE "
                  + column.sql()
                  + " IS NOT DISTINCT FROM "
                  + value);
      if (found == 0) {
        return value;
      }
    }
    return null;
  }

  private static List<String> candidates(Column column) {
    String type = column.type().replaceAll("\\(.*", "");
    return switch (type) {
      case "BOOLEAN" -> List.of("true", "false");
      case "VARCHAR" -> List.of("'new'", "'newer'");
      case "DATE" -> List.of("'2001-02-03'");
      case "BLOB" ->
          List.of(
              "repeat('\\xAA'::BLOB, (SELECT coalesce(max(octet_length("
                  + column.sql()
                  + ")), 3) FROM before)::BIGINT)");
      case "TIMESTAMP", "TIMESTAMP WITH TIME ZONE" -> List.of("'2001-02-03 04:05:06'");
      default -> List.of("7", "77", "1", "0", "2");
    };
  }

  /** Counts the rows by which files differ from this table after a change. */
  long differencesAfter(Change change, Path file, Path source) {
    String value = "(SELECT " + change.column().sql() + " FROM " + table(source) + ")";
    return differences(
        "SELECT * REPLACE (CASE WHEN "
            + hasKeyOf(change.row())
            + " THEN "
            + value
            + " ELSE "
            + change.column().sql()
            + " END AS "
            + change.column().sql()
            + ") FROM before t",
        select(columns, file));
  }

  /** Counts the rows by which a file differs from this table without the rows of a key. */
  long differencesWithout(long row, Path file) {
    return differences(
        "SELECT * REPLACE (row_number() OVER (ORDER BY row_number) - 1 AS row_number)"
            + " FROM before t WHERE NOT ("
            + hasKeyOf(row)
            + ")",
        select(columns, file));
  }

  /** Counts the rows by which a file differs from this table with a source's rows at its end. */
  long differencesWithInserts(Path file, Path source) {
    return differences(
        "SELECT * FROM before UNION ALL BY NAME " + insertedRows(source, rows),
        select(columns, file));
  }

  /** Counts the rows by which a file differs from a source's rows as this table would have them. */
  long differencesOfInserts(Path file, Path source) {
    return differences(
        "SELECT * FROM before WHERE false UNION ALL BY NAME " + insertedRows(source, 0),
        select(columns, file));
  }

  private String insertedRows(Path source, long first) {
    return "SELECT "
        + list(flatColumns())
        + ", file_row_number + "
        + first
        + " AS row_number FROM "
        + table(source);
  }

  private long differences(String expected, String actual) {
    return database.number(
        "WITH expected AS ("
            + expected
            + "), actual AS ("
            + actual
            + ") SELECT (SELECT count(*) FROM (FROM expected EXCEPT ALL FROM actual))"
            + " + (SELECT count(*) FROM (FROM actual EXCEPT ALL FROM expected))");
  }

  /**
   * Gives one column a new value in the rows with one key.
   *
   * @param column the column
   * @param value what it becomes, in SQL
   * @param row number of a row with the key
   */
  record Change(Column column, String value, long row) {}
}
