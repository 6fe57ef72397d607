package dev.keymerge.internal.locate;

import dev.keymerge.internal.target.TargetFile;
import java.util.Arrays;
import java.util.List;

/**
 * Counts the rows of all target files through, so that one number says where a row stands.
 *
 * <p>Immutable.
 */
public final class TargetRows {
  private final int[] firstRowGroups;
  private final long[] firstRows;

  private TargetRows(int[] firstRowGroups, long[] firstRows) {
    this.firstRowGroups = firstRowGroups;
    this.firstRows = firstRows;
  }

  /** Counts through {@code files} in their order. */
  public static TargetRows of(List<TargetFile> files) {
    int[] firstRowGroups = new int[files.size() + 1];
    int rowGroups = 0;
    for (int file = 0; file < files.size(); file++) {
      firstRowGroups[file] = rowGroups;
      rowGroups += files.get(file).rowGroups().size();
    }
    firstRowGroups[files.size()] = rowGroups;
    long[] firstRows = new long[rowGroups + 1];
    int next = 0;
    for (TargetFile file : files) {
      for (int rowGroup = 0; rowGroup < file.rowGroups().size(); rowGroup++) {
        firstRows[next + 1] = firstRows[next] + file.rowGroups().get(rowGroup).rows();
        next++;
      }
    }
    return new TargetRows(firstRowGroups, firstRows);
  }

  /** Returns the position of the first row of a file. */
  public long firstRow(int file) {
    return firstRows[firstRowGroups[file]];
  }

  /** Returns the file that holds the row at {@code position}. */
  public int file(long position) {
    int rowGroup = rowGroup(position);
    int found = Arrays.binarySearch(firstRowGroups, rowGroup);
    int file = found >= 0 ? found : -found - 2;
    // Files without row groups begin where their successor does.
    while (firstRowGroups[file + 1] == firstRowGroups[file]) {
      file++;
    }
    return file;
  }

  /** Returns which row group of its file holds the row at {@code position}. */
  public int rowGroupInFile(long position) {
    return rowGroup(position) - firstRowGroups[file(position)];
  }

  /** Returns which row of its row group stands at {@code position}. */
  public int rowInRowGroup(long position) {
    return (int) (position - firstRows[rowGroup(position)]);
  }

  private int rowGroup(long position) {
    int found = Arrays.binarySearch(firstRows, position);
    int rowGroup = found >= 0 ? found : -found - 2;
    while (firstRows[rowGroup + 1] == firstRows[rowGroup]) {
      rowGroup++;
    }
    return rowGroup;
  }

  /** Returns how many rows there are. */
  long rows() {
    return firstRows[firstRows.length - 1];
  }

  /** Returns the number, counted over all files, of a file's first row group. */
  int firstRowGroup(int file) {
    return firstRowGroups[file];
  }

  /** Returns the position of the first row of a row group, counted over all files. */
  long firstRowOf(int rowGroup) {
    return firstRows[rowGroup];
  }

  /** Returns how many row groups there are. */
  int rowGroups() {
    return firstRows.length - 1;
  }
}
