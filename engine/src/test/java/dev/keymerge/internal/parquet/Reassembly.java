package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.util.function.LongPredicate;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.parquet.column.ColumnDescriptor;
import org.jspecify.annotations.Nullable;

/** Writes a Parquet file once more, each leaf in a way that the test chooses. */
final class Reassembly {
  static final LocalStorage STORAGE = new LocalStorage();

  /** Says how a leaf comes over. */
  enum Way {
    /** As bytes. */
    COPY,
    /** Decoded and encoded. */
    CARRY,
    /** Through Arrow vectors where the leaf is flat, else carried. */
    ARROW
  }

  /** Chooses the way of a leaf. */
  interface Ways {
    Way of(int leaf);
  }

  private final StoragePath source;
  private final StoragePath target;
  private long budgetBytes = 256 << 20;
  private LongPredicate deleted = row -> false;
  private ChunkStyles styles = ChunkStyle::like;

  /** Chooses the style of an encoded chunk. */
  interface ChunkStyles {
    ChunkStyle of(ParquetFile source, int rowGroup, int leaf);
  }

  Reassembly(StoragePath source, StoragePath target) {
    this.source = source;
    this.target = target;
  }

  Reassembly budget(long bytes) {
    budgetBytes = bytes;
    return this;
  }

  /** Leaves out rows, counted within their row group. */
  Reassembly without(LongPredicate rows) {
    deleted = rows;
    return this;
  }

  Reassembly styles(ChunkStyles chosen) {
    styles = chosen;
    return this;
  }

  /** Writes the file and checks that no memory is held afterwards, whether it worked or not. */
  WrittenFile run(Ways ways) throws IOException {
    MemoryBudget budget = new MemoryBudget(budgetBytes);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        BufferAllocator allocator = new RootAllocator()) {
      try {
        return run(ways, memory, allocator);
      } finally {
        assertThat(memory.bufferBytes()).isZero();
        assertThat(budget.usedBytes()).isZero();
        assertThat(STORAGE.status(scratch())).isEmpty();
      }
    }
  }

  private StoragePath scratch() {
    return target.parent().resolve("scratch");
  }

  private WrittenFile run(Ways ways, ParquetMemory memory, BufferAllocator allocator)
      throws IOException {
    try (ParquetFile file = ParquetFile.open(STORAGE.open(source), memory);
        StorageOutput out = STORAGE.create(target);
        ParquetFileAssembler assembler =
            ParquetFileAssembler.create(
                out,
                FileTemplate.like(file.footer()),
                memory,
                new ScratchFile(STORAGE, scratch()))) {
      ParquetFooter footer = file.footer();
      for (int group = 0; group < footer.rowGroups(); group++) {
        assembler.startRowGroup(rowsKept(footer.rows(group)));
        for (int leaf = 0; leaf < footer.leaves().size(); leaf++) {
          leaf(assembler, file, group, leaf, ways.of(leaf), allocator);
        }
        assembler.endRowGroupSortedLike(footer, group);
      }
      WrittenFile written = assembler.finish();
      assertThat(written.bytes()).isEqualTo(out.position());
      return written;
    }
  }

  private void leaf(
      ParquetFileAssembler assembler,
      ParquetFile file,
      int group,
      int leaf,
      Way way,
      BufferAllocator allocator)
      throws IOException {
    if (way == Way.COPY) {
      assembler.copyChunk(file, group, leaf);
      return;
    }
    Field arrow = arrowField(file.footer(), leaf);
    try (ColumnChunkEncoder encoder = assembler.encodeChunk(styles.of(file, group, leaf))) {
      if (way == Way.ARROW && arrow != null) {
        append(encoder, file, group, leaf, arrow, allocator);
      } else {
        carry(encoder, file, group, leaf);
      }
      encoder.finish();
    }
  }

  private static @Nullable Field arrowField(ParquetFooter footer, int leaf) {
    for (FileColumn column : footer.columns()) {
      if (column.firstLeaf() == leaf && column.leaves() == 1) {
        return column.arrow();
      }
    }
    return null;
  }

  private void append(
      ColumnChunkEncoder encoder,
      ParquetFile file,
      int group,
      int leaf,
      Field arrow,
      BufferAllocator allocator)
      throws IOException {
    try (FlatColumnReader reader = file.column(group, leaf, arrow, allocator);
        FieldVector vector = reader.newVector()) {
      long row = 0;
      while (row < file.footer().rows(group)) {
        int count = (int) Math.min(1000, file.footer().rows(group) - row);
        reader.read(count, vector);
        for (int i = 0; i < count; ) {
          int end = i;
          while (end < count && !deleted.test(row + end)) {
            end++;
          }
          encoder.append(vector, i, end - i);
          i = end + 1;
        }
        row += count;
      }
    }
  }

  private void carry(ColumnChunkEncoder encoder, ParquetFile file, int group, int leaf)
      throws IOException {
    ColumnDescriptor descriptor = file.footer().leaves().get(leaf);
    int top = descriptor.getMaxDefinitionLevel();
    long row = -1;
    try (ColumnPageReader pages = file.pages(group, leaf)) {
      while (pages.next()) {
        PageValues page = pages.values();
        int value = 0;
        for (int entry = 0; entry < page.entries; ) {
          boolean starts = page.repetitionLevels == null || page.repetitionLevels[entry] == 0;
          int end = page.entryAfterRows(starts ? entry + 1 : entry, 0);
          row += starts ? 1 : 0;
          if (deleted.test(row)) {
            value += page.valuesIn(entry, end, top);
          } else {
            value = encoder.carry(page, entry, end, value);
          }
          entry = end;
        }
      }
    }
  }

  private long rowsKept(long rows) {
    long kept = 0;
    for (long row = 0; row < rows; row++) {
      kept += deleted.test(row) ? 0 : 1;
    }
    return kept;
  }
}
