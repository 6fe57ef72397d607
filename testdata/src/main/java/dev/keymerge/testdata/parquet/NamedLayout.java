package dev.keymerge.testdata.parquet;

import dev.keymerge.testdata.parquet.ParquetLayout.DecimalForm;
import dev.keymerge.testdata.parquet.ParquetLayout.PageVersion;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jspecify.annotations.Nullable;

/**
 * Combines a number of files with a layout of each, under a name that test reports can show.
 *
 * @param name what the layout is about
 * @param rowsPerFile rows of each file but the last
 * @param layout how each file is laid out
 */
public record NamedLayout(String name, long rowsPerFile, ParquetLayout layout) {

  private static final int SMALL_FILE_ROWS = 50;
  private static final int SMALL_GROUP_ROWS = 64;
  private static final int SMALL_PAGE_ROWS = 16;

  /** Writes rows to files of a directory, and gives the files in order. */
  public List<Path> write(Path directory, TableSchema schema, Iterable<@Nullable Object[]> rows)
      throws IOException {
    return TableFiles.write(directory, schema, rows, rowsPerFile, layout);
  }

  /**
   * Lists layouts that differ in all that a merge can be sensitive to, for a table of a given
   * number of rows.
   */
  public static List<NamedLayout> variety(long rows) {
    long eighth = Math.max(1, (rows + 7) / 8);
    return List.of(
        new NamedLayout("one file, one row group", rows, hugeRowGroup().build()),
        new NamedLayout("one file, small row groups and pages", rows, smallUnits().build()),
        new NamedLayout(
            "eight files", eighth, smallUnits().codec(CompressionCodecName.SNAPPY).build()),
        new NamedLayout("many small files", SMALL_FILE_ROWS, ParquetLayout.standard()),
        new NamedLayout(
            "no page index", eighth, smallUnits().withoutPageIndex().withFieldIds().build()),
        new NamedLayout(
            "no statistics, no dictionary",
            eighth,
            hugeRowGroup().withoutStatistics().withoutDictionary().build()),
        new NamedLayout(
            "version 2 pages",
            rows,
            hugeRowGroup().pageVersion(PageVersion.V2).pageRows(SMALL_PAGE_ROWS).build()),
        new NamedLayout(
            "uncompressed, decimals as binary",
            eighth,
            hugeRowGroup()
                .codec(CompressionCodecName.UNCOMPRESSED)
                .decimalForm(DecimalForm.BINARY)
                .metadata("origin", "test")
                .build()));
  }

  private static ParquetLayout.Builder smallUnits() {
    return ParquetLayout.builder().rowGroupRows(SMALL_GROUP_ROWS).pageRows(SMALL_PAGE_ROWS);
  }

  private static ParquetLayout.Builder hugeRowGroup() {
    return ParquetLayout.builder().rowGroupRows(Integer.MAX_VALUE);
  }

  @Override
  public String toString() {
    return name;
  }
}
