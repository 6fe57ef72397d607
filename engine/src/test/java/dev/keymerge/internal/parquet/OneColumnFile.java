package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Writes and reads files of one text column and one row group. */
final class OneColumnFile {
  static final Schema SCHEMA = new Schema(List.of(Field.nullable("text", ArrowType.Utf8.INSTANCE)));
  private static final int BLOCK = 500;

  private final Path file;
  private long budgetBytes = 256 << 20;

  OneColumnFile(Path file) {
    this.file = file;
  }

  OneColumnFile budget(long bytes) {
    budgetBytes = bytes;
    return this;
  }

  StoragePath path() {
    return STORAGE.resolve(file.toString());
  }

  byte[] bytes() throws IOException {
    return Files.readAllBytes(file);
  }

  /** Writes values and checks that nothing is held afterwards, whether it worked or not. */
  WrittenFile write(ChunkStyle style, int rows, IntFunction<@Nullable String> values)
      throws IOException {
    MemoryBudget budget = new MemoryBudget(budgetBytes);
    StoragePath scratch = path().parent().resolve("scratch");
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        BufferAllocator allocator = new RootAllocator();
        StorageOutput out = STORAGE.create(path())) {
      try (ParquetFileAssembler assembler =
          ParquetFileAssembler.create(
              out, FileTemplate.forSchema(SCHEMA), memory, new ScratchFile(STORAGE, scratch))) {
        assembler.startRowGroup(rows);
        try (ColumnChunkEncoder encoder = assembler.encodeChunk(style);
            VarCharVector vector = new VarCharVector("text", allocator)) {
          append(encoder, vector, rows, values);
          encoder.finish();
        }
        assembler.endRowGroup();
        return assembler.finish();
      } finally {
        assertThat(memory.bufferBytes()).isZero();
        assertThat(budget.usedBytes()).isZero();
        assertThat(STORAGE.status(scratch)).isEmpty();
      }
    }
  }

  private static void append(
      ColumnChunkEncoder encoder,
      VarCharVector vector,
      int rows,
      IntFunction<@Nullable String> values)
      throws IOException {
    for (int from = 0; from < rows; from += BLOCK) {
      int count = Math.min(BLOCK, rows - from);
      vector.reset();
      for (int i = 0; i < count; i++) {
        String value = values.apply(from + i);
        if (value == null) {
          vector.setNull(i);
        } else {
          vector.setSafe(i, value.getBytes(StandardCharsets.UTF_8));
        }
      }
      vector.setValueCount(count);
      encoder.append(vector, 0, count);
    }
  }

  /** Returns the values of the column. */
  List<@Nullable String> read() throws IOException {
    List<@Nullable String> values = new ArrayList<>();
    try (ParquetMemory memory = new ParquetMemory(new MemoryBudget(256 << 20), "test");
        ParquetFile open = ParquetFile.open(STORAGE.open(path()), memory);
        ColumnPageReader reader = open.pages(0, 0)) {
      while (reader.next()) {
        PageValues page = reader.values();
        int next = 0;
        int[] levels = page.definitionLevels;
        for (int entry = 0; entry < page.entries; entry++) {
          if (levels != null && levels[entry] == 0) {
            values.add(null);
          } else {
            values.add(
                new String(
                    page.bytes, page.starts[next], page.lengths[next], StandardCharsets.UTF_8));
            next++;
          }
        }
      }
    }
    return values;
  }
}
