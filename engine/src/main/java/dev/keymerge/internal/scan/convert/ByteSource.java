package dev.keymerge.internal.scan.convert;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ArrowBufPointer;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.ElementAddressableVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Finds the bytes of text and binary values in vectors of every layout. Owns nothing; not
 * thread-safe.
 */
final class ByteSource {
  private static final int VIEW_BYTES = 16;
  private static final int INLINE_BYTES = 12;

  private final FieldVector vector;
  private final ArrowBufPointer pointer = new ArrowBufPointer();

  ByteSource(FieldVector vector) {
    this.vector = vector;
  }

  /** Returns how long the value in {@code row} is, which must not be null. */
  long length(int row) {
    return vector instanceof BaseVariableWidthViewVector views
        ? views.getDataBuffer().getInt((long) row * VIEW_BYTES)
        : point(row).getLength();
  }

  /**
   * Copies the value in {@code row}, which must not be null, to {@code target} at {@code offset},
   * and returns its length.
   */
  int copy(int row, ArrowBuf target, long offset) {
    if (vector instanceof BaseVariableWidthViewVector views) {
      return copyView(views, row, target, offset);
    }
    ArrowBufPointer found = point(row);
    int length = (int) found.getLength();
    if (length > 0) {
      target.setBytes(offset, found.getBuf(), found.getOffset(), length);
    }
    return length;
  }

  private ArrowBufPointer point(int row) {
    return ((ElementAddressableVector) vector).getDataPointer(row, pointer);
  }

  /**
   * Copies from a view: a length of 4 bytes, then the value itself, or its beginning, the buffer
   * that holds it, and where.
   */
  private static int copyView(
      BaseVariableWidthViewVector views, int row, ArrowBuf target, long offset) {
    ArrowBuf view = views.getDataBuffer();
    long start = (long) row * VIEW_BYTES;
    int length = view.getInt(start);
    if (length <= INLINE_BYTES) {
      target.setBytes(offset, view, start + 4, length);
    } else {
      ArrowBuf holder = views.getDataBuffers().get(view.getInt(start + 8));
      target.setBytes(offset, holder, view.getInt(start + 12), length);
    }
    return length;
  }
}
