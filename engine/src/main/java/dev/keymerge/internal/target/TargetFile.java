package dev.keymerge.internal.target;

import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.StoragePath;
import java.util.List;

/**
 * Holds what a merge needs to know about one file of the target before it opens it.
 *
 * @param status the file as it was when the snapshot was taken
 * @param rowGroups its row groups in order
 * @param rewriteBytes about the most memory that is taken when one of its chunks is encoded anew
 * @param valueBytes about how many bytes values of the flat column of longest values have
 */
public record TargetFile(
    FileStatus status, List<TargetRowGroup> rowGroups, long rewriteBytes, long valueBytes) {
  /** Copies the list. */
  public TargetFile {
    rowGroups = List.copyOf(rowGroups);
  }

  /** Returns where the file stands. */
  public StoragePath path() {
    return status.path();
  }

  /** Returns the number of rows of the file. */
  public long rows() {
    long rows = 0;
    for (TargetRowGroup rowGroup : rowGroups) {
      rows += rowGroup.rows();
    }
    return rows;
  }
}
