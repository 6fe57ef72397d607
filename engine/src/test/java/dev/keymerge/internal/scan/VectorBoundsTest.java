package dev.keymerge.internal.scan;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.nio.charset.StandardCharsets;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.LargeVarCharVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VectorBoundsTest {
  private static final byte[] LONG_TEXT =
      "a text longer than a view holds".getBytes(StandardCharsets.UTF_8);

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void everythingIsGivenBack() {
    allocator.close();
  }

  private static void refuses(FieldVector vector, int rows, String problem) {
    assertThatThrownBy(() -> VectorBounds.check(vector, rows))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessageContaining("'c'")
        .hasMessageContaining(problem);
  }

  private static void accepts(FieldVector vector, int rows) {
    assertThatCode(() -> VectorBounds.check(vector, rows)).doesNotThrowAnyException();
  }

  @Test
  void refusesFewerRowsThanClaimed() {
    try (BigIntVector vector = new BigIntVector("c", allocator)) {
      vector.allocateNew(10);
      vector.setValueCount(10);
      accepts(vector, 10);
      refuses(vector, 11, "fewer rows");
    }
  }

  @Test
  void refusesOffsetsThatGoBackOrBeyond() {
    try (VarCharVector vector = new VarCharVector("c", allocator)) {
      vector.allocateNew(100, 3);
      for (int row = 0; row < 3; row++) {
        vector.set(row, LONG_TEXT);
      }
      vector.setValueCount(3);
      accepts(vector, 3);
      vector.getOffsetBuffer().setInt(4, 70);
      refuses(vector, 3, "offsets go back");
      vector.getOffsetBuffer().setInt(4, -1);
      refuses(vector, 3, "offsets go back");
      vector.getOffsetBuffer().setInt(4, 31);
      vector.getOffsetBuffer().setInt(12, 1 << 20);
      refuses(vector, 3, "shorter than its rows need");
      accepts(vector, 2);
    }
  }

  @Test
  void refusesLargeOffsetsThatGoBackOrBeyond() {
    try (LargeVarCharVector vector = new LargeVarCharVector("c", allocator)) {
      vector.allocateNew(100, 2);
      vector.set(0, LONG_TEXT);
      vector.set(1, LONG_TEXT);
      vector.setValueCount(2);
      accepts(vector, 2);
      vector.getOffsetBuffer().setLong(8, 1L << 40);
      refuses(vector, 1, "longer than 2 GB");
      vector.getOffsetBuffer().setLong(8, -1);
      refuses(vector, 2, "offsets go back");
    }
  }

  @Test
  void refusesViewsThatPointElsewhere() {
    try (ViewVarCharVector vector = new ViewVarCharVector("c", allocator)) {
      vector.allocateNew(2);
      vector.setSafe(0, LONG_TEXT);
      vector.setSafe(1, new byte[] {'x'});
      vector.setValueCount(2);
      accepts(vector, 2);
      vector.getDataBuffer().setInt(8, 1);
      refuses(vector, 2, "outside its buffers");
      vector.getDataBuffer().setInt(8, 0);
      vector.getDataBuffer().setInt(12, 1 << 30);
      refuses(vector, 2, "outside its buffers");
      vector.getDataBuffer().setInt(0, -1);
      refuses(vector, 2, "negative");
      vector.setNull(0);
      accepts(vector, 2);
    }
  }
}
