package dev.keymerge.internal.rewrite;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.ColumnChunkEncoder;
import dev.keymerge.internal.parquet.ColumnPageReader;
import dev.keymerge.internal.parquet.PageValues;
import dev.keymerge.internal.progress.CancelToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Streams one column chunk page by page from the old file into the new one, and replaces or leaves
 * out the values of edited rows.
 *
 * <p>Holds one page of the old chunk and one block of source values. Works on nested columns too as
 * long as rows are only left out. Not thread-safe; serves one chunk.
 */
final class ChunkEditor {
  private static final int NO_ROW = Integer.MAX_VALUE;

  private final RowGroupChanges changes;
  private final @Nullable SourceValues values;
  private final String column;
  private final boolean required;
  private final int maxDefinitionLevel;
  private final ColumnChunkEncoder encoder;
  private int edit;
  private boolean leavingOut;

  /**
   * Creates an editor.
   *
   * @param changes what happens to the rows
   * @param target the chunk to edit
   * @param values what updated rows get, or null if they keep what they have; borrowed
   * @param encoder what takes the new chunk; borrowed
   */
  ChunkEditor(
      RowGroupChanges changes,
      EditedColumn target,
      @Nullable SourceValues values,
      ColumnChunkEncoder encoder) {
    this.changes = changes;
    this.values = values;
    this.column = target.name();
    this.required = target.required();
    this.maxDefinitionLevel = target.maxDefinitionLevel();
    this.encoder = encoder;
  }

  /**
   * Describes the column of an edited chunk.
   *
   * @param name its top-level name, for messages
   * @param required whether it may not be null
   * @param maxDefinitionLevel level at which a value is there
   */
  record EditedColumn(String name, boolean required, int maxDefinitionLevel) {}

  void edit(ColumnPageReader pages, CancelToken cancel) throws IOException {
    long row = 0;
    while (pages.next()) {
      cancel.check();
      PageValues page = pages.values();
      editPage(page, row);
      row += page.rows;
    }
  }

  /** Edits a page; {@code firstRow} is the row that starts first in it. */
  private void editPage(PageValues page, long firstRow) throws IOException {
    int entry = page.firstRowEntry();
    int value = keepOrLeaveOut(page, 0, entry, 0, leavingOut);
    long row = firstRow;
    while (entry < page.entries) {
      long editRow = nextEditRow();
      if (editRow >= firstRow + page.rows) {
        keepOrLeaveOut(page, entry, page.entries, value, false);
        leavingOut = false;
        return;
      }
      int start = page.entryAfterRows(entry, (int) (editRow - row));
      value = keepOrLeaveOut(page, entry, start, value, false);
      entry = page.entryAfterRows(start, 1);
      row = editRow + 1;
      leavingOut = changes.sources()[edit] < 0;
      SourceValues replacements = leavingOut ? null : values;
      value = keepOrLeaveOut(page, start, entry, value, leavingOut || replacements != null);
      if (replacements != null) {
        replace(replacements);
      }
      edit++;
    }
  }

  private long nextEditRow() {
    return edit < changes.edits().length ? changes.edits()[edit] : NO_ROW;
  }

  private int keepOrLeaveOut(PageValues page, int from, int to, int value, boolean leaveOut)
      throws IOException {
    if (from == to) {
      return value;
    }
    return leaveOut
        ? value + page.valuesIn(from, to, maxDefinitionLevel)
        : encoder.carry(page, from, to, value);
  }

  private void replace(SourceValues replacements) throws IOException {
    if (!replacements.holds(edit)) {
      replacements.load(changes.sources(), edit);
    }
    int slot = replacements.slot(edit);
    if (required && replacements.vector().isNull(slot)) {
      throw new MergeException.BadData(
          "Source row "
              + (changes.sources()[edit] + 1)
              + " has null in column '"
              + column
              + "', which the target requires to have a value.",
          "Give the row a value, or leave the column out of the update (--keep-columns "
              + column
              + ").");
    }
    encoder.append(replacements.vector(), slot, 1);
  }
}
