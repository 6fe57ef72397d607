package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseLargeVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.NullVector;

/**
 * Checks that a vector from outside holds as much as it claims, and points nowhere else.
 *
 * <p>Memory is read without checks where that is faster; so whatever a damaged or hostile batch
 * says must be checked once, here.
 */
final class VectorBounds {
  private static final int VIEW_BYTES = 16;
  private static final int INLINE_BYTES = 12;

  private final FieldVector vector;
  private final int rows;

  private VectorBounds(FieldVector vector, int rows) {
    this.vector = vector;
    this.rows = rows;
  }

  /**
   * Checks the first {@code rows} rows.
   *
   * @throws MergeException.BadData if the vector does not hold them
   */
  static void check(FieldVector vector, int rows) {
    if (vector instanceof ExtensionTypeVector<?> extension) {
      check((FieldVector) extension.getUnderlyingVector(), rows);
    } else {
      new VectorBounds(vector, rows).check();
    }
  }

  private void check() {
    require(vector.getValueCount() >= rows, "it has fewer rows than its batch");
    if (rows == 0 || vector instanceof NullVector) {
      return;
    }
    long bits = (rows + 7L) / 8;
    holds(vector.getValidityBuffer(), bits);
    if (vector instanceof BitVector) {
      holds(vector.getDataBuffer(), bits);
    } else if (vector instanceof BaseFixedWidthVector fixed) {
      holds(vector.getDataBuffer(), (long) rows * fixed.getTypeWidth());
    } else if (vector instanceof BaseVariableWidthVector) {
      checkOffsets();
    } else if (vector instanceof BaseLargeVariableWidthVector) {
      checkLargeOffsets();
    } else if (vector instanceof BaseVariableWidthViewVector views) {
      checkViews(views);
    }
  }

  private void checkOffsets() {
    ArrowBuf offsets = vector.getOffsetBuffer();
    holds(offsets, (rows + 1L) * Integer.BYTES);
    int last = offsets.getInt(0);
    boolean ascending = last >= 0;
    for (long i = 1; i <= rows; i++) {
      int offset = offsets.getInt(i * Integer.BYTES);
      ascending &= offset >= last;
      last = offset;
    }
    require(ascending, "its offsets go back");
    holds(vector.getDataBuffer(), last);
  }

  private void checkLargeOffsets() {
    ArrowBuf offsets = vector.getOffsetBuffer();
    holds(offsets, (rows + 1L) * Long.BYTES);
    long last = offsets.getLong(0);
    boolean ascending = last >= 0;
    for (long i = 1; i <= rows; i++) {
      long offset = offsets.getLong(i * Long.BYTES);
      // A single value is copied as a Java array's worth of bytes at most.
      ascending &= offset >= last && offset - last <= Integer.MAX_VALUE;
      last = offset;
    }
    require(ascending, "its offsets go back, or a value is longer than 2 GB");
    holds(vector.getDataBuffer(), last);
  }

  private void checkViews(BaseVariableWidthViewVector views) {
    ArrowBuf entries = views.getDataBuffer();
    holds(entries, (long) rows * VIEW_BYTES);
    List<ArrowBuf> buffers = views.getDataBuffers();
    for (int row = 0; row < rows; row++) {
      if (BitVectorHelper.get(views.getValidityBuffer(), row) == 0) {
        continue;
      }
      long start = (long) row * VIEW_BYTES;
      int length = entries.getInt(start);
      require(length >= 0, "a length is negative");
      if (length > INLINE_BYTES) {
        int buffer = entries.getInt(start + 8);
        int offset = entries.getInt(start + 12);
        require(
            buffer >= 0
                && buffer < buffers.size()
                && offset >= 0
                && (long) offset + length <= buffers.get(buffer).capacity(),
            "a view points outside its buffers");
      }
    }
  }

  private void holds(ArrowBuf buffer, long bytes) {
    require(buffer.capacity() >= bytes, "a buffer is shorter than its rows need");
  }

  private void require(boolean kept, String problem) {
    if (!kept) {
      throw new MergeException.BadData(
          "Column '" + vector.getName() + "' of an Arrow batch is damaged: " + problem,
          "Check what writes the source, and write it anew.");
    }
  }
}
