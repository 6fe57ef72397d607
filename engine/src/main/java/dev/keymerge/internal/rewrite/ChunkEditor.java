package dev.keymerge.internal.rewrite;

import dev.keymerge.MergeException;
import dev.keymerge.internal.parquet.ColumnChunkEncoder;
import dev.keymerge.internal.parquet.ColumnPageReader;
import dev.keymerge.internal.parquet.PageValues;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.rewrite.values.MatchBlock;
import dev.keymerge.internal.rewrite.values.SourceValues;
import java.io.IOException;
import org.apache.arrow.vector.FieldVector;
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

  private final MatchBlock edits;
  private final @Nullable SourceValues values;
  private final String column;
  private final boolean required;
  private final int maxDefinitionLevel;
  private final ColumnChunkEncoder encoder;

  /** The next edit in its block, and the end of the piece of values that it lies in. */
  private int edit;

  private int loadedEnd;
  private boolean leavingOut;

  /**
   * Creates an editor.
   *
   * @param edits the rows that change, in order; borrowed, before its first block
   * @param target the chunk to edit
   * @param values what updated rows get, or null if they keep what they have; borrowed
   * @param encoder what takes the new chunk; borrowed
   */
  ChunkEditor(
      MatchBlock edits,
      EditedColumn target,
      @Nullable SourceValues values,
      ColumnChunkEncoder encoder) {
    this.edits = edits;
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
    edits.next();
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
      leavingOut = edits.ordinals()[edit] < 0;
      SourceValues replacements = leavingOut ? null : values;
      int rows = replacements == null ? 1 : replace(replacements, firstRow + page.rows);
      entry = page.entryAfterRows(start, rows);
      value = keepOrLeaveOut(page, start, entry, value, leavingOut || replacements != null);
      row = editRow + rows;
      pass(rows);
    }
  }

  private long nextEditRow() {
    return edit < edits.size() ? edits.positions()[edit] : NO_ROW;
  }

  private void pass(int count) throws IOException {
    edit += count;
    if (edit == edits.size()) {
      edits.next();
      edit = 0;
      loadedEnd = 0;
    }
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

  /**
   * Writes the values of the next edit and of those after it that are for the rows after its own,
   * as far as they stand next to each other and their rows before {@code endRow}.
   *
   * @return how many they are
   */
  private int replace(SourceValues replacements, long endRow) throws IOException {
    if (edit >= loadedEnd) {
      loadedEnd = replacements.load(edits, edit);
    }
    int first = edit;
    int slot = replacements.slot(first);
    int row = edits.positions()[first];
    int most = (int) Math.min(loadedEnd - first, endRow - row);
    int count = 1;
    while (count < most
        && edits.positions()[first + count] == row + count
        && edits.ordinals()[first + count] >= 0
        && replacements.slot(first + count) == slot + count) {
      count++;
    }
    if (required) {
      checkNoNulls(replacements.vector(), slot, count);
    }
    encoder.append(replacements.vector(), slot, count);
    return count;
  }

  private void checkNoNulls(FieldVector vector, int slot, int count) {
    for (int i = 0; i < count; i++) {
      if (vector.isNull(slot + i)) {
        throw new MergeException.BadData(
            "Source row "
                + (edits.ordinals()[edit + i] + 1)
                + " has null in column '"
                + column
                + "', which the target requires to have a value.",
            "Give the row a value, or leave the column out of the update (--keep-columns "
                + column
                + ").");
      }
    }
  }
}
