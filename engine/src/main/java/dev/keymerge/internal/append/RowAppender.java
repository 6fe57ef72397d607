package dev.keymerge.internal.append;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.BloomStyle;
import dev.keymerge.internal.parquet.ChunkStyle;
import dev.keymerge.internal.parquet.ColumnChunkEncoder;
import dev.keymerge.internal.parquet.FileTemplate;
import dev.keymerge.internal.parquet.ParquetFileAssembler;
import dev.keymerge.internal.parquet.ScratchFile;
import dev.keymerge.internal.parquet.WrittenFile;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.plan.SourceTable.SourceLookup;
import dev.keymerge.internal.storage.StorageOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.jspecify.annotations.Nullable;

/**
 * Writes source rows, in source order, to new row groups of files of a given kind, column by
 * column.
 *
 * <p>Columns that the source lacks become null. A row group's ordinals and one block of one column
 * are in memory at a time, so that it matters neither how many columns nor how many rows there are.
 * What is written depends on rows, template and options alone.
 *
 * <p>Not thread-safe.
 */
public final class RowAppender {
  private final AppendContext context;
  private final FileTemplate template;
  private final AppendOptions options;

  /**
   * Creates an appender to files like {@code template}.
   *
   * @throws MergeException.BadData if the template requires a column that the source lacks
   */
  public RowAppender(AppendContext context, FileTemplate template, AppendOptions options) {
    if (options.styles().size() != template.leaves().size()) {
      throw new IllegalArgumentException(
          options.styles().size() + " styles for " + template.leaves().size() + " leaves");
    }
    this.context = context;
    this.template = template;
    this.options = options;
    for (Type column : template.schema().getFields()) {
      if (column.isRepetition(Repetition.REQUIRED) && sourceField(column.getName()) == null) {
        throw new MergeException.BadData(
            "The target requires column '" + column.getName() + "', which the source lacks",
            "Add the column to the source, or merge with a strategy that inserts no rows.");
      }
    }
  }

  /**
   * Writes the rows of {@code ordinals} to as many new files as needed, none if there are none.
   *
   * @param files creates the files; each is synced and closed when this returns
   * @param scratch name of a file for pages that do not fit into memory
   * @return the files in the order of their rows
   */
  public List<WrittenFile> writeFiles(OrdinalCursor ordinals, NewFiles files, ScratchFile scratch)
      throws IOException {
    List<WrittenFile> written = new ArrayList<>();
    try (MemoryReservation reservation = context.budget().open("rows to insert")) {
      RowGroupOrdinals rows = RowGroupOrdinals.open(ordinals, options.rowGroupRows(), reservation);
      while (rows.next()) {
        try (StorageOutput out = files.create(written.size())) {
          written.add(writeFile(rows, out, scratch));
        }
        files.finished(written.size() - 1, written.get(written.size() - 1));
      }
    }
    return List.copyOf(written);
  }

  /**
   * Writes the rows of {@code ordinals} to new row groups of a file that is being assembled from
   * the same template.
   */
  public void appendRowGroups(ParquetFileAssembler assembler, OrdinalCursor ordinals)
      throws IOException {
    try (MemoryReservation reservation = context.budget().open("rows to insert")) {
      RowGroupOrdinals rows = RowGroupOrdinals.open(ordinals, options.rowGroupRows(), reservation);
      while (rows.next()) {
        writeRowGroup(assembler, rows);
      }
    }
  }

  private WrittenFile writeFile(RowGroupOrdinals rows, StorageOutput out, ScratchFile scratch)
      throws IOException {
    try (ParquetFileAssembler assembler =
        ParquetFileAssembler.create(out, template, context.memory(), scratch)) {
      writeRowGroup(assembler, rows);
      for (int group = 1; group < options.fileRowGroups() && rows.next(); group++) {
        writeRowGroup(assembler, rows);
      }
      WrittenFile file = assembler.finish();
      out.sync();
      return file;
    }
  }

  private void writeRowGroup(ParquetFileAssembler assembler, RowGroupOrdinals rows)
      throws IOException {
    assembler.startRowGroup(rows.count());
    for (int leaf = 0; leaf < template.leaves().size(); leaf++) {
      ColumnDescriptor column = template.leaves().get(leaf);
      try (ColumnChunkEncoder encoder = assembler.encodeChunk(style(leaf, rows.count()))) {
        Field field = sourceField(column.getPath()[0]);
        if (field == null) {
          encoder.appendNulls(rows.count());
        } else {
          appendColumn(encoder, column, field, rows);
        }
        encoder.finish();
      }
    }
    assembler.endRowGroup();
    context.rowsWritten().accept(rows.count());
  }

  private void appendColumn(
      ColumnChunkEncoder encoder, ColumnDescriptor column, Field field, RowGroupOrdinals rows)
      throws IOException {
    boolean required = column.getPrimitiveType().isRepetition(Repetition.REQUIRED);
    BlockSize block = new BlockSize();
    try (SourceLookup lookup = context.source().lookup(field.getName(), context.allocator());
        FieldVector vector = field.createVector(context.allocator())) {
      int from = 0;
      while (from < rows.count()) {
        context.checkpoint().run();
        int count = Math.min(block.rows(), rows.count() - from);
        lookup.fetch(rows.ordinals(), from, count, vector);
        if (required) {
          checkNoNulls(field, vector, rows, from, count);
        }
        encoder.append(vector, 0, count);
        block.learn(count, vector.getBufferSize());
        from += count;
      }
    }
  }

  private static void checkNoNulls(
      Field field, FieldVector vector, RowGroupOrdinals rows, int from, int count) {
    if (vector.getNullCount() == 0) {
      return;
    }
    for (int i = 0; i < count; i++) {
      if (vector.isNull(i)) {
        throw new MergeException.BadData(
            "Column '"
                + field.getName()
                + "' is required in the target, but null in source row "
                + (rows.ordinals()[from + i] + 1),
            "Give the row a value, or leave it out of the source.");
      }
    }
  }

  private ChunkStyle style(int leaf, int rows) {
    ChunkStyle style = options.styles().get(leaf);
    String column = template.leaves().get(leaf).getPath()[0];
    return options.bloomColumns().contains(column)
        ? style.withBloom(new BloomStyle.Fresh(rows))
        : style;
  }

  private @Nullable Field sourceField(String column) {
    for (Field field : context.source().schema().getFields()) {
      if (field.getName().equals(column)) {
        return field;
      }
    }
    return null;
  }
}
