package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compare.VectorEqualsVisitor;
import org.apache.parquet.format.CompressionCodec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StagingWriterTest {
  private static final int ROWS = 9_000;

  @TempDir private Path directory;

  @Test
  void batchesOfEveryTypeComeBackAsTheyWere() throws IOException {
    Path source = directory.resolve("source.parquet");
    ParquetTableWriter.write(
        source,
        AllTypes.schema(),
        new RandomValues(new Random(5)).rows(AllTypes.schema(), ROWS, 0.2),
        ParquetLayout.standard());
    StoragePath staged = STORAGE.resolve(directory.resolve("staged").toString());
    MemoryBudget budget = new MemoryBudget(64 << 20);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot batch = batch(source, memory, allocator)) {
      try (StorageOutput out = STORAGE.create(staged);
          StagingWriter writer = StagingWriter.create(out, batch.getSchema(), memory)) {
        writer.write(batch);
        writer.write(batch);
        assertThat(writer.finish().rows()).isEqualTo(2 * ROWS);
      }
      check(staged, batch, memory, allocator);
    }
    assertThat(budget.usedBytes()).isZero();
    try (StorageInput input = STORAGE.open(staged)) {
      assertThat(StrictReader.rows(input)).hasSize(2 * ROWS);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 9, 63, 64, 65, 200})
  void longValuesComeBackFromShortPages(int rows) throws IOException {
    Path file = directory.resolve("long");
    List<@Nullable String> values = new ArrayList<>();
    MemoryBudget budget = new MemoryBudget(64 << 20);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot batch = VectorSchemaRoot.create(OneColumnFile.SCHEMA, allocator);
        StorageOutput out = STORAGE.create(STORAGE.resolve(file.toString()));
        StagingWriter writer = StagingWriter.create(out, OneColumnFile.SCHEMA, memory)) {
      VarCharVector vector = (VarCharVector) batch.getVector(0);
      for (int row = 0; row < rows; row++) {
        String value = row % 5 == 1 ? null : row + "x".repeat(row % 3 == 0 ? 200_000 : row);
        values.add(value);
        if (value != null) {
          vector.setSafe(row, value.getBytes(StandardCharsets.UTF_8));
        }
      }
      batch.setRowCount(rows);
      writer.write(batch);
      writer.finish();
    }
    assertThat(budget.usedBytes()).isZero();
    assertThat(new OneColumnFile(file).read()).isEqualTo(values);
  }

  private static void check(
      StoragePath staged, VectorSchemaRoot batch, ParquetMemory memory, BufferAllocator allocator)
      throws IOException {
    try (ParquetFile file = ParquetFile.open(STORAGE.open(staged), memory)) {
      assertThat(file.footer().rowGroups()).isEqualTo(2);
      assertThat(file.footer().chunk(0, 0).getMeta_data().getCodec())
          .isEqualTo(CompressionCodec.UNCOMPRESSED);
      for (int leaf = 0; leaf < file.footer().leaves().size(); leaf++) {
        FieldVector expected = batch.getVector(leaf);
        assertThat(file.footer().columns().get(leaf).arrow()).isEqualTo(expected.getField());
        try (FlatColumnReader reader = file.column(1, leaf, expected.getField(), allocator);
            FieldVector read = reader.newVector()) {
          reader.read(ROWS, read);
          assertThat(VectorEqualsVisitor.vectorEquals(read, expected))
              .as(expected.getName())
              .isTrue();
        }
      }
    }
  }

  private static VectorSchemaRoot batch(
      Path source, ParquetMemory memory, BufferAllocator allocator) throws IOException {
    List<FieldVector> vectors = new ArrayList<>();
    try (ParquetFile file =
        ParquetFile.open(STORAGE.open(STORAGE.resolve(source.toString())), memory)) {
      for (FileColumn column : file.footer().columns()) {
        try (FlatColumnReader reader =
            file.column(0, column.firstLeaf(), column.arrow(), allocator)) {
          FieldVector vector = reader.newVector();
          reader.read(ROWS, vector);
          vectors.add(vector);
        }
      }
    }
    return new VectorSchemaRoot(vectors);
  }
}
