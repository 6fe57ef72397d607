package dev.keymerge.internal.append;

import dev.keymerge.internal.parquet.ChunkStyle;
import java.util.List;
import java.util.Set;

/**
 * Says how new rows are cut into row groups and files and how their columns are written. Immutable.
 *
 * <p>Nothing here may depend on memory or threads: the same rows have to give the same files.
 *
 * @param rowGroupRows most rows in a row group
 * @param rowGroupBytes about how many bytes of values, not encoded, a row group has at most
 * @param fileRowGroups most row groups in a new file
 * @param styles style per leaf of the template
 * @param bloomColumns top-level columns whose new chunks get a bloom filter
 */
public record AppendOptions(
    int rowGroupRows,
    long rowGroupBytes,
    int fileRowGroups,
    List<ChunkStyle> styles,
    Set<String> bloomColumns) {
  /** Most rows in a row group unless told otherwise. */
  public static final int DEFAULT_ROW_GROUP_ROWS = 1 << 20;

  /**
   * Most bytes of values in a row group unless told otherwise: what 250 bytes a row make of a
   * million rows. It must not follow the memory limit, or else the limit would decide what is
   * written.
   */
  public static final long DEFAULT_ROW_GROUP_BYTES = 256L << 20;

  /** Most row groups in a file unless told otherwise. */
  public static final int DEFAULT_FILE_ROW_GROUPS = 10;

  /** Checks the numbers and copies the collections. */
  public AppendOptions {
    if (rowGroupRows < 1 || rowGroupBytes < 1 || fileRowGroups < 1) {
      throw new IllegalArgumentException(
          "A row group of "
              + rowGroupRows
              + " rows and "
              + rowGroupBytes
              + " bytes, a file of "
              + fileRowGroups
              + " row groups");
    }
    styles = List.copyOf(styles);
    bloomColumns = Set.copyOf(bloomColumns);
  }
}
