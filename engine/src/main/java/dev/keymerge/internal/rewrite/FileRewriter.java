package dev.keymerge.internal.rewrite;

import dev.keymerge.internal.parquet.ChunkStyle;
import dev.keymerge.internal.parquet.ColumnChunkEncoder;
import dev.keymerge.internal.parquet.ColumnPageReader;
import dev.keymerge.internal.parquet.FileColumn;
import dev.keymerge.internal.parquet.ParquetFile;
import dev.keymerge.internal.parquet.ParquetFileAssembler;
import dev.keymerge.internal.rewrite.values.MatchBlock;
import dev.keymerge.internal.rewrite.values.SourceValues;
import dev.keymerge.internal.rewrite.values.ValueFeed;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.format.SortingColumn;

/**
 * Writes the successor of a file: whatever does not change is copied as it is, the rest goes
 * through one column at a time.
 *
 * <p>Not thread-safe; may serve one file after the other. Everything in the context is borrowed.
 */
public final class FileRewriter {
  private final RewriteContext context;
  private final ValueFeed values;

  /** Creates a rewriter that borrows everything; updated rows get what {@code values} has. */
  public FileRewriter(RewriteContext context, ValueFeed values) {
    this.context = context;
    this.values = values;
  }

  /**
   * Writes the row groups of {@code file}, changed as {@code changes} says, to {@code successor},
   * which stays open for more.
   *
   * <p>Row groups that lose all rows are left out.
   */
  public void rewrite(ParquetFile file, FileChanges changes, ParquetFileAssembler successor)
      throws IOException {
    Map<Integer, RowGroupChanges> byRowGroup = new HashMap<>();
    changes.rowGroups().forEach(change -> byRowGroup.put(change.rowGroup(), change));
    for (int rowGroup = 0; rowGroup < file.footer().rowGroups(); rowGroup++) {
      RowGroupChanges change = byRowGroup.get(rowGroup);
      if (change == null) {
        copy(file, rowGroup, successor);
      } else if (!change.deletesAll()) {
        rewrite(file, change, successor);
      }
    }
  }

  private void copy(ParquetFile file, int rowGroup, ParquetFileAssembler successor)
      throws IOException {
    context.cancel().check();
    if (file.footer().rows(rowGroup) == 0) {
      return;
    }
    successor.startRowGroup(file.footer().rows(rowGroup));
    for (int leaf = 0; leaf < file.footer().leaves().size(); leaf++) {
      successor.copyChunk(file, rowGroup, leaf);
    }
    successor.endRowGroupSortedLike(file.footer(), rowGroup);
  }

  private void rewrite(ParquetFile file, RowGroupChanges change, ParquetFileAssembler successor)
      throws IOException {
    successor.startRowGroup(change.rows() - change.deletions());
    for (FileColumn column : file.footer().columns()) {
      boolean replaced = change.columns().contains(column.name());
      for (int leaf = column.firstLeaf(); leaf < column.firstLeaf() + column.leaves(); leaf++) {
        context.cancel().check();
        if (replaced || change.deletions() > 0) {
          edit(file, change, column, leaf, replaced, successor);
        } else {
          successor.copyChunk(file, change.rowGroup(), leaf);
        }
      }
    }
    if (sortingHolds(file, change)) {
      successor.endRowGroupSortedLike(file.footer(), change.rowGroup());
    } else {
      successor.endRowGroup();
    }
  }

  private void edit(
      ParquetFile file,
      RowGroupChanges change,
      FileColumn column,
      int leaf,
      boolean replaced,
      ParquetFileAssembler successor)
      throws IOException {
    ColumnDescriptor descriptor = file.footer().leaves().get(leaf);
    try (MatchBlock edits =
            MatchBlock.open(
                change.plan(),
                MatchBlock.Selection.CHOSEN,
                change.applied(),
                context.budget().open("matches of a block of rows"));
        SourceValues replacements =
            replaced ? values.open(file, change.plan(), column.name()) : null;
        ColumnPageReader pages = file.pages(change.rowGroup(), leaf);
        ColumnChunkEncoder encoder =
            successor.encodeChunk(ChunkStyle.like(file, change.rowGroup(), leaf))) {
      ChunkEditor.EditedColumn edited =
          new ChunkEditor.EditedColumn(
              column.name(), column.required(), descriptor.getMaxDefinitionLevel());
      new ChunkEditor(edits, edited, replacements, encoder).edit(pages, context.cancel());
      encoder.finish();
    }
  }

  /**
   * Returns whether rows are still in the order that the row group claims: deletions keep it,
   * updates of its columns may not.
   */
  private static boolean sortingHolds(ParquetFile file, RowGroupChanges change) {
    List<SortingColumn> sorting =
        file.footer().thrift().getRow_groups().get(change.rowGroup()).getSorting_columns();
    return sorting == null
        || sorting.stream().noneMatch(column -> changes(file, change, column.getColumn_idx()));
  }

  private static boolean changes(ParquetFile file, RowGroupChanges change, int leaf) {
    for (FileColumn column : file.footer().columns()) {
      if (leaf >= column.firstLeaf() && leaf < column.firstLeaf() + column.leaves()) {
        return change.columns().contains(column.name());
      }
    }
    return true;
  }
}
