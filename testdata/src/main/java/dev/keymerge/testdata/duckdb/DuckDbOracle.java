package dev.keymerge.testdata.duckdb;

import dev.keymerge.testdata.reference.MergeCounts;
import dev.keymerge.testdata.reference.MergeRules.Matched;
import dev.keymerge.testdata.reference.MergeRules.NotMatched;
import dev.keymerge.testdata.reference.MergeRules.NotMatchedBySource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Works out in SQL what a merge must give, and compares that with what it gave: counts, rows as a
 * multiset, and the order of the rows that stay.
 *
 * <p>DuckDB keeps to the memory limit it was opened with and spills beyond it, so tables may be
 * large. Not thread-safe; close it.
 */
public final class DuckDbOracle implements AutoCloseable {

  /**
   * Says how a merge's rows differ from the right ones.
   *
   * @param missing right rows that are not there, counted with multiplicity
   * @param surplus rows that should not be there, counted with multiplicity
   */
  public record Difference(long missing, long surplus) {
    /** Tells whether all rows are right. */
    public boolean isNone() {
      return missing == 0 && surplus == 0;
    }
  }

  private final DuckDb database;
  private final MergeSql sql;

  private DuckDbOracle(DuckDb database, MergeQuestion question) {
    this.database = database;
    this.sql = new MergeSql(database, question);
  }

  /** Prepares the answer to a question, within DuckDB's own limits. */
  public static DuckDbOracle open(MergeQuestion question) {
    return prepared(DuckDb.open(), question);
  }

  /**
   * Prepares the answer to a question within limits.
   *
   * @param memoryLimit what DuckDB may use, such as {@code 2GB}
   * @param threads how many threads it may use
   * @param spillDirectory where it puts what does not fit
   */
  public static DuckDbOracle open(
      MergeQuestion question, String memoryLimit, int threads, Path spillDirectory) {
    return prepared(DuckDb.open(memoryLimit, threads, spillDirectory), question);
  }

  private static DuckDbOracle prepared(DuckDb database, MergeQuestion question) {
    try {
      return new DuckDbOracle(database, question);
    } catch (RuntimeException failure) {
      database.close();
      throw failure;
    }
  }

  /** Counts what the merge must do. */
  public MergeCounts counts() {
    long sourceRows = database.number("SELECT count(*) FROM source");
    long targetRows = database.number("SELECT count(*) FROM target");
    long unmatchedSource = database.number(sql.unmatchedSourceCount());
    long matchedTarget = database.number(sql.matchedTargetCount());
    long changed = sql.rules().actions().matched() == Matched.UPDATE ? changedRows() : 0;
    long inserted = sql.rules().actions().notMatched() == NotMatched.INSERT ? unmatchedSource : 0;
    long ignored = unmatchedSource - inserted;
    if (sql.rules().actions().matched() == Matched.KEEP) {
      ignored += sourceRows - unmatchedSource;
    }
    long deleted = sql.rules().actions().matched() == Matched.DELETE ? matchedTarget : 0;
    if (sql.rules().actions().notMatchedBySource() == NotMatchedBySource.DELETE) {
      deleted += targetRows - matchedTarget;
    }
    long unchanged =
        sql.rules().actions().matched() == Matched.UPDATE ? matchedTarget - changed : 0;
    return new MergeCounts(
        sourceRows,
        0,
        inserted,
        changed,
        unchanged,
        deleted,
        0,
        ignored,
        targetRows,
        targetRows + inserted - deleted);
  }

  private long changedRows() {
    return database.number(sql.changedRowCount());
  }

  /** Compares the rows of the files that a merge left with the right rows, as multisets. */
  public Difference difference(List<Path> filesAfter) {
    String expected = sql.expectedRows();
    String actual = "SELECT " + sql.targetColumns("a") + " FROM " + DuckDb.files(filesAfter) + " a";
    return new Difference(surplus(expected, actual), surplus(actual, expected));
  }

  /**
   * Tells whether a merge left just the right rows, by a digest of each side that costs far less
   * than {@link #difference} and says no more than yes or no.
   */
  public boolean sameDigest(List<Path> filesAfter) {
    String actual = "SELECT " + sql.targetColumns("a") + " FROM " + DuckDb.files(filesAfter) + " a";
    return digest(sql.expectedRows()).equals(digest(actual));
  }

  private List<String> digest(String rows) {
    List<String> numbers = new ArrayList<>();
    String hash = "hash(" + sql.targetColumns("r") + ")";
    database.query(
        "SELECT count(*), sum(" + hash + "::HUGEINT), bit_xor(" + hash + ") FROM (" + rows + ") r",
        result -> {
          numbers.add(result.getString(1));
          numbers.add(result.getString(2));
          numbers.add(result.getString(3));
        });
    return numbers;
  }

  private long surplus(String left, String right) {
    return database.number(
        "SELECT count(*) FROM ((" + left + ") EXCEPT ALL (" + right + ")) AS surplus");
  }

  /**
   * Counts the rows that a merge moved: of the target rows that stay, in each file the n-th must be
   * the n-th of the file of the same name afterwards. Keys must be unique in the target.
   */
  public long misplacedRows(List<Path> filesAfter) {
    return database.number(sql.misplacedRowCount(filesAfter));
  }

  /**
   * Writes the right rows to a new file, compressed with Zstandard: what a merge costs a tool that
   * joins and writes everything anew.
   */
  public void writeExpected(Path file) {
    database.run(
        "COPY ("
            + sql.expectedRows()
            + ") TO "
            + DuckDb.text(file.toString())
            + " (FORMAT parquet, COMPRESSION zstd)");
  }

  @Override
  public void close() {
    database.close();
  }
}
