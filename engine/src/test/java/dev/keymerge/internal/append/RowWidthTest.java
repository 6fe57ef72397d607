package dev.keymerge.internal.append;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarCharVector;
import org.junit.jupiter.api.Test;

class RowWidthTest {
  private static final int ROWS = 1000;
  private static final long GROUP_BYTES = 1_000_000;

  @Test
  void equalRowsAreEquallyLongHoweverTheyAreCut() {
    // 4 bytes, a bit, and 4 bytes of offset before 3 of text.
    long expected = (long) (GROUP_BYTES / (4 + 1 / 8.0 + 4 + 3));

    for (int block : new int[] {1, 7, 8, 9, 128, ROWS}) {
      RowWidth width = new RowWidth();
      for (int from = 0; from < ROWS; from += block) {
        addRows(width, Math.min(block, ROWS - from));
      }
      assertThat(width.rowsIn(GROUP_BYTES, ROWS, 0)).as("sampled by %d", block).isEqualTo(expected);
      assertThat(width.rowsIn(GROUP_BYTES, ROWS, ROWS / 2))
          .as("with twice as much written before, by %d", block)
          .isEqualTo(expected / 2);
    }
  }

  private static void addRows(RowWidth width, int count) {
    try (BufferAllocator allocator = new RootAllocator();
        IntVector numbers = new IntVector("number", allocator);
        BitVector bits = new BitVector("bit", allocator);
        VarCharVector texts = new VarCharVector("text", allocator)) {
      for (int i = 0; i < count; i++) {
        numbers.setSafe(i, i);
        bits.setSafe(i, i % 2);
        texts.setSafe(i, "abc".getBytes(StandardCharsets.UTF_8));
      }
      numbers.setValueCount(count);
      bits.setValueCount(count);
      texts.setValueCount(count);
      width.addSampled(numbers, count);
      width.addSampled(bits, count);
      width.addSampled(texts, count);
      width.addWritten(numbers, count);
      width.addWritten(bits, count);
      width.addWritten(texts, count);
    }
  }
}
