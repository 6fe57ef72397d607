package dev.keymerge.testdata.duckdb;

import dev.keymerge.testdata.row.Bytes;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.Table;
import dev.keymerge.testdata.row.TableSchema;
import dev.keymerge.testdata.row.TickUnit;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads flat Parquet files through DuckDB, in row order.
 *
 * <p>The caller says what types the columns are, and DuckDB's values are turned into those. DuckDB
 * holds instants and times of day in microseconds at best: nanoseconds of such columns are lost,
 * see {@link #isExact}.
 */
public final class DuckDbTableReader {

  private DuckDbTableReader() {}

  /** Tells whether DuckDB can hold every value of a type. */
  public static boolean isExact(LogicalType type) {
    return type.unit() != TickUnit.NANOS || type.kind() == LogicalType.Kind.TIMESTAMP;
  }

  /** Reads files of one schema, each into its own list of rows. */
  public static Table read(TableSchema schema, List<Path> files) {
    List<List<@Nullable Object[]>> rows = new ArrayList<>();
    try (DuckDb database = DuckDb.open()) {
      for (Path file : files) {
        rows.add(rows(database, schema, file));
      }
    }
    return new Table(schema, rows);
  }

  private static List<@Nullable Object[]> rows(DuckDb database, TableSchema schema, Path file) {
    String columns =
        schema.columns().stream()
            .map(DuckDbTableReader::expression)
            .collect(Collectors.joining(", "));
    List<@Nullable Object[]> rows = new ArrayList<>();
    database.query(
        "SELECT " + columns + " FROM " + DuckDb.files(List.of(file)) + " ORDER BY file_row_number",
        result -> rows.add(row(result, schema)));
    return rows;
  }

  /** Turns dates and times into ticks in SQL, where their full precision is at hand. */
  private static String expression(Column column) {
    String name = DuckDb.name(column.name());
    return switch (column.type().kind()) {
      case DATE -> "date_diff('day', DATE '1970-01-01', " + name + ")";
      case TIME -> "epoch_us(" + name + ")";
      case TIMESTAMP, TIMESTAMP_ZONED ->
          switch (column.type().unit()) {
            case MILLIS -> "epoch_ms(" + name + ")";
            case MICROS -> microseconds(name);
            case NANOS -> "epoch_ns(" + name + ")";
          };
      default -> name;
    };
  }

  /** Says of two points in time, which are endless to DuckDB, what stands in the file. */
  private static String microseconds(String name) {
    return ("CASE WHEN NOT isinf(%s) THEN epoch_us(%s) WHEN %s > '2000-01-01' THEN %d"
            + " WHEN %s < '2000-01-01' THEN %d END")
        .formatted(name, name, name, Long.MAX_VALUE, name, -Long.MAX_VALUE);
  }

  private static @Nullable Object[] row(ResultSet result, TableSchema schema) throws SQLException {
    @Nullable Object[] row = new @Nullable Object[schema.size()];
    for (int position = 0; position < row.length; position++) {
      row[position] = value(result, position + 1, schema.column(position).type());
    }
    return row;
  }

  private static @Nullable Object value(ResultSet result, int column, LogicalType type)
      throws SQLException {
    Object value = result.getObject(column);
    if (value == null) {
      return null;
    }
    return switch (type.kind()) {
      case BOOLEAN, FLOAT, DOUBLE, STRING -> value;
      case INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, DATE, TIMESTAMP, TIMESTAMP_ZONED ->
          ((Number) value).longValue();
      case UINT64 -> new BigInteger(value.toString());
      case DECIMAL -> ((BigDecimal) value).setScale(type.scale(), RoundingMode.UNNECESSARY);
      case TIME -> ticks(((Number) value).longValue(), type.unit());
      case BINARY, FIXED_BINARY -> Bytes.of(result.getBytes(column));
    };
  }

  private static long ticks(long micros, TickUnit unit) {
    long perSecond = TickUnit.MICROS.ticksPerSecond();
    return unit.ticksPerSecond() >= perSecond
        ? micros * (unit.ticksPerSecond() / perSecond)
        : micros / (perSecond / unit.ticksPerSecond());
  }
}
