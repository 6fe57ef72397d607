package dev.keymerge.testdata.duckdb;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * Holds a DuckDB database in memory, within limits, and closes it. One thread at a time.
 *
 * <p>Everything throws {@link IllegalStateException} on failure, with the statement in its message,
 * since a failure here is a broken test and nothing to recover from.
 */
public final class DuckDb implements AutoCloseable {

  private final Connection connection;

  private DuckDb(Connection connection) {
    this.connection = connection;
  }

  /** Opens a database under DuckDB's own limits. */
  public static DuckDb open() {
    Properties properties = new Properties();
    properties.setProperty("jdbc_stream_results", "true");
    try {
      return new DuckDb(DriverManager.getConnection("jdbc:duckdb:", properties));
    } catch (SQLException failure) {
      throw new IllegalStateException("DuckDB does not open", failure);
    }
  }

  /**
   * Opens a database that keeps to a memory limit such as {@code 2GB} and spills to a directory.
   */
  public static DuckDb open(String memoryLimit, int threads, Path spillDirectory) {
    DuckDb database = open();
    database.run("SET memory_limit = " + text(memoryLimit));
    database.run("SET threads = " + threads);
    database.run("SET temp_directory = " + text(spillDirectory.toString()));
    return database;
  }

  /** Takes a result: its current row, or all of it. */
  @FunctionalInterface
  public interface ResultSink {
    /** Takes what the result stands on. */
    void accept(ResultSet row) throws SQLException;
  }

  /** Runs a statement whose answer does not matter. */
  public void run(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException failure) {
      throw new IllegalStateException("DuckDB refuses: " + sql, failure);
    }
  }

  /** Runs a query and hands over its rows. */
  public void query(String sql, ResultSink sink) {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        sink.accept(rows);
      }
    } catch (SQLException failure) {
      throw new IllegalStateException("DuckDB refuses: " + sql, failure);
    }
  }

  /** Runs a query and hands over its result, which stands before the first row. */
  public void result(String sql, ResultSink sink) {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      sink.accept(rows);
    } catch (SQLException failure) {
      throw new IllegalStateException("DuckDB refuses: " + sql, failure);
    }
  }

  /** Asks for one number. */
  public long number(String sql) {
    long[] answer = new long[1];
    query(sql, row -> answer[0] = row.getLong(1));
    return answer[0];
  }

  /** Writes a text as SQL does. */
  public static String text(String content) {
    return "'" + content.replace("'", "''") + "'";
  }

  /** Writes a name as SQL does. */
  public static String name(String content) {
    return "\"" + content.replace("\"", "\"\"") + "\"";
  }

  /** Writes a table function that reads files in order, with their names and row numbers. */
  public static String files(List<Path> files) {
    String names =
        files.stream().map(file -> text(file.toString())).collect(Collectors.joining(", "));
    return "read_parquet(["
        + names
        + "], filename = true, file_row_number = true, hive_partitioning = false)";
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException failure) {
      throw new IllegalStateException("DuckDB does not close", failure);
    }
  }
}
