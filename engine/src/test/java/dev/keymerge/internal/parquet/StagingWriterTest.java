package dev.keymerge.internal.parquet;

import static dev.keymerge.internal.parquet.Reassembly.STORAGE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.testdata.generate.RandomValues;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.AllTypes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compare.VectorEqualsVisitor;
import org.apache.parquet.format.CompressionCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
