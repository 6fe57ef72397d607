package dev.keymerge.internal.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetMemoryTest {
  private static final int ROWS = 500_000;
  private static final int PAGE_ROWS = 10_000;

  @Test
  void buffersAreChargedExactlyUntilTheyAreReleased() {
    MemoryBudget budget = new MemoryBudget(1000);
    try (ParquetMemory memory = new ParquetMemory(budget, "test")) {
      ByteBuffer buffer = memory.allocate(700);
      assertThat(buffer.capacity()).isEqualTo(700);
      assertThat(memory.bufferBytes()).isEqualTo(700);
      assertThatExceptionOfType(MergeException.LimitExceeded.class)
          .isThrownBy(() -> memory.allocate(400));
      memory.release(buffer);
      assertThat(budget.usedBytes()).isZero();
      assertThat(memory.allocate(1000).capacity()).isEqualTo(1000);
    }
    assertThat(budget.usedBytes()).as("what was not released").isZero();
  }

  @Test
  void anEncoderWaitsForMemoryThatAnotherOneHolds() throws Exception {
    MemoryBudget budget = new MemoryBudget(1000);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        ScratchArrays first = memory.openScratch("first");
        ScratchArrays second = memory.openScratch("second")) {
      ParquetMemory.Admission working = memory.admit(first, 600);
      FutureTask<ParquetMemory.Admission> waiting =
          new FutureTask<>(() -> memory.admit(second, 700));
      Thread thread = new Thread(waiting);
      thread.start();
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
      assertThat(budget.usedBytes()).isEqualTo(600);

      first.close();
      working.close();

      waiting.get().close();
      assertThat(budget.usedBytes()).isEqualTo(700);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void theOnlyEncoderIsRefusedAtOnce() {
    MemoryBudget budget = new MemoryBudget(1000);
    try (ParquetMemory memory = new ParquetMemory(budget, "test");
        ScratchArrays scratch = memory.openScratch("encoder")) {
      assertThatExceptionOfType(MergeException.LimitExceeded.class)
          .isThrownBy(() -> memory.admit(scratch, 1001))
          .withMessageContaining("encoder");
    }
  }

  @Test
  void aReaderHoldsAPageAndNotTheRowGroup(@TempDir Path directory) throws IOException {
    Path file = writeOneRowGroup(directory);
    MemoryBudget budget = new MemoryBudget(64 << 20);
    long columnBytes = (long) ROWS * Long.BYTES;
    try (ParquetFile open = SampleFiles.open(file, budget)) {
      long before = budget.usedBytes();
      try (ColumnPageReader reader = open.pages(0, 0)) {
        long rows = 0;
        while (reader.next()) {
          rows += reader.values().rows;
        }
        assertThat(rows).isEqualTo(ROWS);
        // A mebibyte of the file, a page, its values, and the native context of the codec.
        assertThat(budget.usedBytes() - before)
            .isLessThan((1 << 20) + 4L * PAGE_ROWS * Long.BYTES + (256 << 10))
            .isLessThan(columnBytes / 2);
      }
      assertThat(budget.usedBytes()).isEqualTo(before);
    }
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void aBudgetThatIsTooSmallIsReportedAsSuchAndNotAsBadData(@TempDir Path directory)
      throws IOException {
    Path file = writeOneRowGroup(directory);
    MemoryBudget budget = new MemoryBudget(200_000);
    try (ParquetFile open = SampleFiles.open(file, budget);
        ColumnPageReader reader = open.pages(0, 0)) {
      assertThatExceptionOfType(MergeException.LimitExceeded.class)
          .isThrownBy(
              () -> {
                while (reader.next()) {
                  assertThat(reader.values().rows).isPositive();
                }
              })
          .withMessageContaining("reading column 'key'");
    }
    assertThat(budget.usedBytes()).isZero();
  }

  private static Path writeOneRowGroup(Path directory) throws IOException {
    TableSchema schema = TableSchema.of(Column.required("key", LogicalType.INT64));
    Path file = directory.resolve("one-group.parquet");
    ParquetLayout layout =
        ParquetLayout.builder()
            .codec(CompressionCodecName.ZSTD)
            .withoutDictionary()
            .rowGroupRows(ROWS)
            .pageRows(PAGE_ROWS)
            .build();
    Random random = new Random(1);
    try (ParquetTableWriter writer = ParquetTableWriter.open(file, schema, layout)) {
      for (int row = 0; row < ROWS; row++) {
        writer.write(new Object[] {random.nextLong()});
      }
    }
    return file;
  }
}
