package dev.keymerge.internal.parquet;

import dev.keymerge.MergeException;
import java.nio.ByteOrder;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Fills vectors of byte strings and texts of any length.
 *
 * <p>Short values are gathered in a stage and moved together. The data buffer starts as large as
 * the vector before suggests and doubles when that is too little.
 */
final class StringFiller extends VectorFiller {
  private static final int STAGE_BYTES = 32 << 10;
  private static final int FIRST_GUESS = 16;

  private final byte[] stage = new byte[STAGE_BYTES];
  private final int[] ends = new int[BATCH];
  private @Nullable BaseVariableWidthVector vector;
  private int staged;
  private long written;
  private long guess = FIRST_GUESS;

  StringFiller(ScratchArrays scratch) {
    super(scratch);
  }

  @Override
  void allocate(FieldVector out, int rows) {
    BaseVariableWidthVector strings = (BaseVariableWidthVector) out;
    strings.allocateNew(Math.min(Integer.MAX_VALUE, guess * rows), rows);
    vector = strings;
    staged = 0;
    written = 0;
    if (rows > 0) {
      strings.getOffsetBuffer().setInt(0, 0);
    }
  }

  @Override
  void putRange(PageValues page, int first, int count, int slot) {
    int[] starts = page.starts;
    int[] lengths = page.lengths;
    for (int done = 0; done < count; done += BATCH) {
      int length = piece(done, count);
      for (int index = 0; index < length; index++) {
        int value = first + done + index;
        append(page.bytes, starts[value], lengths[value]);
        ends[index] = (int) (written + staged);
      }
      putEnds(length, slot + done);
    }
  }

  @Override
  void putPicked(PageValues page, int[] picks, int count, int slot) {
    int[] starts = page.starts;
    int[] lengths = page.lengths;
    for (int index = 0; index < count; index++) {
      int pick = picks[index];
      if (pick != NULL) {
        append(page.bytes, starts[pick], lengths[pick]);
      }
      ends[index] = (int) (written + staged);
    }
    putEnds(count, slot);
  }

  private void append(byte[] bytes, int start, int length) {
    if (length > STAGE_BYTES - staged) {
      flush();
      if (length > STAGE_BYTES / 2) {
        require(length).setBytes(written, bytes, start, length);
        written += length;
        return;
      }
    }
    System.arraycopy(bytes, start, stage, staged, length);
    staged += length;
  }

  private void flush() {
    if (staged > 0) {
      require(staged).setBytes(written, stage, 0, staged);
      written += staged;
      staged = 0;
    }
  }

  /** Returns the data buffer after making room for {@code more} bytes. */
  private ArrowBuf require(int more) {
    BaseVariableWidthVector strings = open();
    long needed = written + more;
    if (needed > Integer.MAX_VALUE) {
      throw new MergeException.LimitExceeded(
          "The values of column '" + strings.getName() + "' in one batch of rows exceed 2 GiB",
          "Use fewer rows per batch, or leave the column out.");
    }
    while (needed > strings.getDataBuffer().capacity()) {
      strings.reallocDataBuffer(Math.max(needed, 2 * strings.getDataBuffer().capacity()));
    }
    return strings.getDataBuffer();
  }

  private BaseVariableWidthVector open() {
    BaseVariableWidthVector strings = vector;
    if (strings == null) {
      throw new IllegalStateException("No vector has been begun");
    }
    return strings;
  }

  private void putEnds(int count, int slot) {
    open()
        .getOffsetBuffer()
        .nioBuffer((slot + 1L) * Integer.BYTES, count * Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asIntBuffer()
        .put(ends, 0, count);
  }

  @Override
  void complete(int rows) {
    flush();
    BaseVariableWidthVector strings = open();
    strings.setLastSet(rows - 1);
    guess = written / rows + 1;
  }
}
