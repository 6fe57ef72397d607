package dev.keymerge.testdata.duckdb;

import java.nio.file.Path;
import java.util.Locale;

/**
 * Writes Parquet files as DuckDB does: one data page per column chunk, no page index, every column
 * nullable, its own choice of encodings. Stateless.
 */
public final class DuckDbTableWriter {

  private DuckDbTableWriter() {}

  /**
   * Writes the rows of a file to another, in order.
   *
   * @param from a Parquet file of any writer
   * @param to the file to make or replace
   * @param codec name of a codec, such as {@code zstd}, {@code snappy} or {@code uncompressed}
   * @param rowGroupRows rows of a row group, which DuckDB rounds up to a multiple of 2,048
   */
  public static void copy(Path from, Path to, String codec, int rowGroupRows) {
    try (DuckDb database = DuckDb.open()) {
      database.run(
          String.format(
              Locale.ROOT,
              "COPY (FROM read_parquet(%s, hive_partitioning = false)) TO %s"
                  + " (FORMAT parquet, COMPRESSION %s, ROW_GROUP_SIZE %d)",
              DuckDb.text(from.toString()),
              DuckDb.text(to.toString()),
              DuckDb.text(codec),
              rowGroupRows));
    }
  }
}
