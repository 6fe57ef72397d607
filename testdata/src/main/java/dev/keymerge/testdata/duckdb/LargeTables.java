package dev.keymerge.testdata.duckdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Makes large tables, and sources that change them, by SQL: ten million rows within seconds, where
 * a generator that makes row by row takes minutes.
 *
 * <p>Every value is a function of the row's number, so that a table of any size is the same
 * whenever it is made, and a source needs no table to be read. Row groups are those of the DuckDB
 * writer: one data page per column. Stateless but for the database, which is borrowed.
 */
public final class LargeTables {
  private static final int ROW_GROUP_ROWS = 122_880;
  private static final int WIDE_COLUMNS = 100;

  /** Multiplied by a row's number modulo a prime this gives keys in no order, each of them once. */
  private static final long KEY_FACTOR = 1_234_567_891L;

  private static final long KEY_PRIME = 2_147_483_647L;

  private final DuckDb database;

  /** Makes tables through {@code database}, which the caller closes. */
  public LargeTables(DuckDb database) {
    this.database = database;
  }

  /**
   * Selects line items like those of TPC-H: sixteen columns, four rows to an order, in key order
   * (l_orderkey, l_linenumber). Of every 32 order keys 8 are used.
   */
  public static String lineItems(long first, long end) {
    String words =
        "['carefully', 'quickly', 'final', 'ironic', 'pending deposits', 'requests', 'accounts',"
            + " 'above the', 'packages', 'slyly bold', 'asymptotes', 'even', 'theodolites', 'sleep',"
            + " 'furiously express', 'blithely']";
    return "SELECT (i // 32) * 32 + (i // 4) % 8 AS l_orderkey,"
        + " (h % 2000000 + 1)::BIGINT AS l_partkey,"
        + " ((h >> 8) % 100000 + 1)::BIGINT AS l_suppkey,"
        + " (i % 4 + 1)::INTEGER AS l_linenumber,"
        + " ((h >> 16) % 50 + 1)::DECIMAL(12, 2) AS l_quantity,"
        + " (((h >> 20) % 10000000)::DOUBLE / 100)::DECIMAL(12, 2) AS l_extendedprice,"
        + " (((h >> 44) % 11)::DOUBLE / 100)::DECIMAL(12, 2) AS l_discount,"
        + " (((h >> 48) % 9)::DOUBLE / 100)::DECIMAL(12, 2) AS l_tax,"
        + " ['A', 'N', 'R'][1 + ((h >> 52) % 3)::INTEGER] AS l_returnflag,"
        + " ['O', 'F'][1 + ((h >> 54) % 2)::INTEGER] AS l_linestatus,"
        + " DATE '1992-01-01' + ((h >> 12) % 2500)::INTEGER AS l_shipdate,"
        + " DATE '1992-01-01' + ((h >> 12) % 2500 + (h >> 40) % 60)::INTEGER AS l_commitdate,"
        + " DATE '1992-01-01' + ((h >> 12) % 2500 + (h >> 36) % 30)::INTEGER AS l_receiptdate,"
        + " ['DELIVER IN PERSON', 'COLLECT COD', 'NONE', 'TAKE BACK RETURN']"
        + "[1 + ((h >> 56) % 4)::INTEGER] AS l_shipinstruct,"
        + " ['AIR', 'RAIL', 'SHIP', 'TRUCK', 'MAIL', 'FOB', 'REG AIR']"
        + "[1 + ((h >> 58) % 7)::INTEGER] AS l_shipmode,"
        + (" " + words + "[1 + (h % 16)::INTEGER] || ' '")
        + (" || " + words + "[1 + ((h >> 24) % 16)::INTEGER] || ' '")
        + " || ((h >> 5) % 1000003)::VARCHAR AS l_comment"
        + numbered(first, end);
  }

  /**
   * Selects a source for line items: a part of the rows with three columns changed, and new rows a
   * tenth as many, whose keys lie between the others, all in random order.
   *
   * @param rows rows of the table
   * @param permille how many rows of each thousand change
   */
  public static String lineItemChanges(long rows, int permille) {
    String changed =
        "* REPLACE ((CASE l_returnflag WHEN 'N' THEN 'R' ELSE 'N' END) AS l_returnflag,"
            + " (CASE l_linestatus WHEN 'O' THEN 'F' ELSE 'O' END) AS l_linestatus,"
            + " l_receiptdate + 1 AS l_receiptdate";
    String number = "(l_orderkey // 32 * 32 + l_orderkey % 8 * 4 + l_linenumber)";
    // The first threshold is that of updates; a tenth as many hashes fall into the range of
    // inserts.
    return String.format(
        Locale.ROOT,
        "WITH items AS (%s), updates AS (SELECT %s) FROM items WHERE hash(%s + 7) %% 10000 < %d),"
            + " inserts AS (SELECT %s, l_orderkey + 8 AS l_orderkey) FROM items"
            + " WHERE hash(%s + 11) %% 10000 < %d)"
            + " SELECT * FROM (FROM updates UNION ALL FROM inserts) s ORDER BY hash(%s + 13)",
        lineItems(0, rows),
        changed,
        number,
        permille * 10,
        changed,
        number,
        permille,
        number);
  }

  /** Selects every row of line items with three columns changed, in the table's order. */
  public static String everyLineItemChanged(long rows) {
    return "SELECT * REPLACE ((CASE l_returnflag WHEN 'N' THEN 'R' ELSE 'N' END) AS l_returnflag,"
        + " (CASE l_linestatus WHEN 'O' THEN 'F' ELSE 'O' END) AS l_linestatus,"
        + " l_receiptdate + 1 AS l_receiptdate) FROM ("
        + lineItems(0, rows)
        + ")";
  }

  /**
   * Selects rows of four int64 columns, the first of them a key in no order.
   *
   * @param version changes one of the values
   */
  public static String fourIntegers(long first, long end, int version) {
    return String.format(
        Locale.ROOT,
        "SELECT (i * %d) %% %d AS id, (hash(i + %d) %% 1000000)::BIGINT AS amount,"
            + " (h %% 1000)::BIGINT AS kind, i AS number%s",
        KEY_FACTOR,
        KEY_PRIME,
        version,
        numbered(first, end));
  }

  /** Selects rows whose key is a UUID as text, in no order, and three values. */
  public static String uuids(long first, long end, int version) {
    return String.format(
        Locale.ROOT,
        "SELECT md5(i::VARCHAR)::UUID::VARCHAR AS id, (hash(i + %d) %% 1000000)::BIGINT AS amount,"
            + " 'city ' || (h %% 3000)::VARCHAR AS city, i AS number%s",
        version,
        numbered(first, end));
  }

  /** Selects rows whose key is a text of four thousand letters, and a number. */
  public static String longKeys(long first, long end, int version) {
    return String.format(
        Locale.ROOT,
        "SELECT repeat(md5(i::VARCHAR), 125) AS id, i + %d AS number%s",
        version,
        numbered(first, end));
  }

  /** Selects rows of a hundred columns: the key, and integers, doubles, texts and decimals. */
  public static String hundredColumns(long first, long end, int version) {
    StringBuilder columns = new StringBuilder("SELECT i AS id");
    for (int column = 1; column < WIDE_COLUMNS; column++) {
      String hash = "hash(i + " + (column * 1_000_003L + version) + ")";
      String value =
          switch (column % 5) {
            case 0 -> "(" + hash + " % 1000)::BIGINT";
            case 1 -> "(" + hash + " % 100000000)::DOUBLE / 1000";
            case 2 -> "'v' || (" + hash + " % 50000)::VARCHAR";
            case 3 -> "((" + hash + " % 100000000)::DOUBLE / 100)::DECIMAL(12, 2)";
            default -> "(" + hash + " % 2000000)::INTEGER";
          };
      columns.append(", ").append(value).append(" AS c").append(column);
    }
    return columns.append(numbered(first, end)).toString();
  }

  /** Selects rows of one key, numbered in order, in the columns of {@link #fourIntegers}. */
  public static String oneKey(long rows) {
    return String.format(
        Locale.ROOT,
        "SELECT %d::BIGINT AS id, (h %% 1000000)::BIGINT AS amount, (h %% 1000)::BIGINT AS kind,"
            + " i AS number%s",
        KEY_FACTOR,
        numbered(0, rows));
  }

  /** Writes the rows that a query selects to a file. */
  public void write(String query, Path file) {
    write(query, ROW_GROUP_ROWS, file);
  }

  /**
   * Writes the rows that a query selects to a file, in row groups of about as many rows as are
   * asked for. All of a column's values in a row group are one page, however large.
   */
  public void write(String query, int rowGroupRows, Path file) {
    database.run(
        "COPY ("
            + query
            + ") TO "
            + DuckDb.text(file.toString())
            + " (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE "
            + rowGroupRows
            + ")");
  }

  /** Selects the rows from a first one to an end. */
  @FunctionalInterface
  public interface Rows {
    /** Returns the query. */
    String select(long first, long end);
  }

  /** Writes rows to several files of about equal size in a new directory. */
  public List<Path> write(Rows select, long rows, int files, Path directory) throws IOException {
    Files.createDirectories(directory);
    List<Path> written = new ArrayList<>();
    for (int file = 0; file < files; file++) {
      Path path = directory.resolve(String.format(Locale.ROOT, "part-%05d.parquet", file));
      write(select.select(rows * file / files, rows * (file + 1) / files), path);
      written.add(path);
    }
    return written;
  }

  /** Numbers rows: {@code i} is the number, {@code h} a hash of it. */
  private static String numbered(long first, long end) {
    return String.format(
        Locale.ROOT,
        " FROM (SELECT range AS i, hash(range) AS h FROM range(%d, %d)) r",
        first,
        end);
  }
}
