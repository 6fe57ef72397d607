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
 * What is written depends on rows, template and options alone. Long rows make smaller row groups:
 * how long they are is estimated by a few of them, and by the row group before.
 *
 * <p>Not thread-safe.
 */
public final class RowAppender {
  private final AppendContext context;
  private final FileTemplate template;
  private final AppendOptions options;
  private final RowWidth width = new RowWidth();

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
      while (nextRowGroup(rows, 0)) {
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
      while (nextRowGroup(rows, rows.count())) {
        writeRowGroup(assembler, rows);
      }
    }
  }

  private WrittenFile writeFile(RowGroupOrdinals rows, StorageOutput out, ScratchFile scratch)
      throws IOException {
    try (ParquetFileAssembler assembler =
        ParquetFileAssembler.create(out, template, context.memory(), scratch)) {
      writeRowGroup(assembler, rows);
      int group = 1;
      while (group < options.fileRowGroups() && nextRowGroup(rows, rows.count())) {
        writeRowGroup(assembler, rows);
        group++;
      }
      WrittenFile file = assembler.finish();
      out.sync();
      return file;
    }
  }

  /**
   * Loads the next row group and bounds its bytes; returns false if there is none.
   *
   * <p>Every file begins anew, so that one that is taken up from an interrupted merge goes on like
   * any other.
   *
   * @param written how many rows the row group before has in the same file, 0 if there is none
   */
  private boolean nextRowGroup(RowGroupOrdinals rows, int written) throws IOException {
    if (!rows.next()) {
      return false;
    }
    int sampled = Math.min(RowWidth.SAMPLED_ROWS, rows.count());
    for (ColumnDescriptor column : template.leaves()) {
      Field field = sourceField(column.getPath()[0]);
      if (field != null) {
        sample(field, rows, sampled);
      }
    }
    long fitting = width.rowsIn(options.rowGroupBytes(), sampled, written);
    rows.limit((int) Math.min(rows.count(), fitting));
    width.startRowGroup();
    return true;
  }

  /**
   * Finds out how long the first values of a column are, without fetching them if that is known.
   */
  private void sample(Field field, RowGroupOrdinals rows, int sampled) throws IOException {
    try (FieldVector empty = field.createVector(context.allocator())) {
      if (!RowWidth.dependsOnValues(empty)) {
        width.addSampled(empty, sampled);
        return;
      }
    }
    forEachBlock(field, rows, sampled, (vector, from, count) -> width.addSampled(vector, count));
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
    forEachBlock(
        field,
        rows,
        rows.count(),
        (vector, from, count) -> {
          if (required) {
            checkNoNulls(field, vector, rows, from, count);
          }
          encoder.append(vector, 0, count);
          width.addWritten(vector, count);
        });
  }

  /**
   * Fetches the first {@code total} values of a column in a row group, as many at a time as seems
   * right and as there is memory for, down to one.
   */
  private void forEachBlock(Field field, RowGroupOrdinals rows, int total, BlockVisitor visitor)
      throws IOException {
    BlockSize block = new BlockSize();
    try (SourceLookup lookup = context.source().lookup(field.getName(), context.allocator());
        FieldVector vector = field.createVector(context.allocator())) {
      int from = 0;
      while (from < total) {
        context.checkpoint().run();
        int count = Math.min(block.rows(), total - from);
        try {
          lookup.fetch(rows.ordinals(), from, count, vector);
        } catch (MergeException.LimitExceeded refused) {
          vector.clear();
          if (!block.refuse(count)) {
            throw refused;
          }
          continue;
        }
        visitor.visit(vector, from, count);
        block.learn(count, vector.getBufferSize());
        from += count;
      }
    }
  }

  /** Gets values of a column. */
  @FunctionalInterface
  private interface BlockVisitor {
    /** Takes the values of rows {@code from} to {@code from + count} of the row group. */
    void visit(FieldVector vector, int from, int count) throws IOException;
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
