package dev.keymerge.internal.scan.convert;

import dev.keymerge.MergeException;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Makes one vector out of several of its type, one after the other.
 *
 * <p>Room is made once for all rows where that is known, and grows by half where it is not. The
 * vector stays the caller's; it is in order after {@link #finish} only. Not thread-safe.
 */
public final class VectorConcatenation {
  private static final int OFFSET_BYTES = Integer.BYTES;

  private final FieldVector target;
  private final int capacity;
  private int rows;
  private long bytes;

  /** Starts anew in {@code target}, dropping what it held, with room for {@code capacity} rows. */
  public VectorConcatenation(FieldVector target, int capacity) {
    this.target = target;
    this.capacity = capacity;
    if (target instanceof BaseFixedWidthVector fixed) {
      Validity.makeRoom(fixed, capacity);
    } else if (target.getValueCapacity() < capacity) {
      target.clear();
      ((BaseVariableWidthVector) target).allocateNew(0, capacity);
    }
  }

  /** Returns how many rows have been appended. */
  public int rows() {
    return rows;
  }

  /** Returns how many more rows fit. */
  public int room() {
    return capacity - rows;
  }

  /** Returns how many bytes the appended values take, without offsets and null bits. */
  public long bytes() {
    return bytes;
  }

  /**
   * Appends every row of {@code piece}, which stays the caller's; no more than there is room for.
   */
  public void append(FieldVector piece) {
    int count = piece.getValueCount();
    if (count > room()) {
      throw new IllegalArgumentException(count + " rows do not fit the room for " + room());
    }
    if (count == 0) {
      return;
    }
    if (target instanceof BaseFixedWidthVector fixed) {
      appendFixed(piece, count, fixed);
    } else {
      appendVariable((BaseVariableWidthVector) piece, count, (BaseVariableWidthVector) target);
    }
    Validity.appendBits(piece.getValidityBuffer(), count, target.getValidityBuffer(), rows);
    rows += count;
  }

  private void appendFixed(FieldVector piece, int count, BaseFixedWidthVector fixed) {
    if (fixed instanceof BitVector) {
      Validity.appendBits(piece.getDataBuffer(), count, fixed.getDataBuffer(), rows);
      bytes += count / Byte.SIZE;
      return;
    }
    long width = fixed.getTypeWidth();
    fixed.getDataBuffer().setBytes(rows * width, piece.getDataBuffer(), 0, count * width);
    bytes += count * width;
  }

  private void appendVariable(
      BaseVariableWidthVector piece, int count, BaseVariableWidthVector variable) {
    ArrowBuf pieceOffsets = piece.getOffsetBuffer();
    int start = pieceOffsets.getInt(0);
    int length = pieceOffsets.getInt((long) count * OFFSET_BYTES) - start;
    if (bytes + length > Integer.MAX_VALUE) {
      throw new MergeException.LimitExceeded(
          "Column '" + target.getName() + "' has more than 2 GB of values in " + rows + " rows",
          "Lower the memory limit, so that fewer rows are taken at once, or shorten the values.");
    }
    long held = variable.getDataBuffer().capacity();
    if (bytes + length > held) {
      long expected = (bytes + length) / (rows + count) * capacity;
      variable.reallocDataBuffer(
          Math.max(bytes + length, Math.min(expected, held + (held >> 1) + length)));
    }
    variable.getDataBuffer().setBytes(bytes, piece.getDataBuffer(), start, length);
    ArrowBuf offsets = variable.getOffsetBuffer();
    int shift = (int) bytes - start;
    for (int i = rows == 0 ? 0 : 1; i <= count; i++) {
      int offset = pieceOffsets.getInt((long) i * OFFSET_BYTES) + shift;
      offsets.setInt((long) (rows + i) * OFFSET_BYTES, offset);
    }
    bytes += length;
  }

  /** Completes the vector: its value count is the number of rows appended. */
  public void finish() {
    if (target instanceof BaseVariableWidthVector variable) {
      if (rows == 0 && variable.getOffsetBuffer().capacity() > 0) {
        variable.getOffsetBuffer().setInt(0, 0);
      }
      variable.setLastSet(rows - 1);
    }
    target.setValueCount(rows);
  }
}
