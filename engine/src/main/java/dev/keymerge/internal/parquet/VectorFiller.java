package dev.keymerge.internal.parquet;

import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;

/**
 * Moves values of decoded pages to the end of an Arrow vector that grows to a known length.
 *
 * <p>One subclass per pair of layouts; each loops over many values per call, so that calls are
 * virtual once per batch. A cycle is {@link #begin}, any number of {@link #range} and {@link
 * #picked}, {@link #finish}. What a subclass knows of the vector it learns in {@link #allocate}.
 *
 * <p>Borrows the vector between begin and finish. Not thread-safe.
 */
abstract class VectorFiller {
  /** The most picks of one call; staging arrays have this many slots. */
  static final int BATCH = 4096;

  /** Stands for a null among picks. */
  static final int NULL = -1;

  private final ScratchArrays scratch;
  private byte[] validity = new byte[0];
  private int position;

  VectorFiller(ScratchArrays scratch) {
    this.scratch = scratch;
  }

  /** Starts a vector of {@code rows} values; what {@code out} held is released. */
  final void begin(FieldVector out, int rows) {
    int bytes = validityBytes(rows);
    validity = scratch.bytes(validity, bytes);
    Arrays.fill(validity, 0, bytes, (byte) 0);
    position = 0;
    allocate(out, rows);
  }

  /**
   * Appends the values of {@code page} from {@code first} on, {@code count} of them, none of them
   * null.
   */
  final void range(PageValues page, int first, int count) {
    if (count > 0) {
      markValid(position, count);
      putRange(page, first, count, position);
      position += count;
    }
  }

  /**
   * Appends the first {@code count} of {@code picks}: indices of values of {@code page}, or {@link
   * #NULL}.
   */
  final void picked(PageValues page, int[] picks, int count) {
    byte[] bits = validity;
    for (int index = 0; index < count; index++) {
      int slot = position + index;
      // The sign says whether it is a null; nulls come at random, so a branch would often be
      // mispredicted.
      bits[slot >>> 3] |= (byte) ((~picks[index] >>> 31) << (slot & 7));
    }
    putPicked(page, picks, count, position);
    position += count;
  }

  /** Ends the vector, whose values must all have been appended. */
  final void finish(FieldVector out, int rows) {
    if (position != rows) {
      throw new IllegalStateException(position + " of " + rows + " values have been appended");
    }
    if (rows > 0) {
      out.getValidityBuffer().setBytes(0, validity, 0, validityBytes(rows));
      complete(rows);
    }
    out.setValueCount(rows);
  }

  private void markValid(int from, int count) {
    int end = from + count;
    int slot = from;
    while (slot < end && (slot & 7) != 0) {
      validity[slot >>> 3] |= (byte) (1 << (slot & 7));
      slot++;
    }
    int wholeBytes = (end - slot) >>> 3;
    Arrays.fill(validity, slot >>> 3, (slot >>> 3) + wholeBytes, (byte) 0xFF);
    slot += wholeBytes << 3;
    while (slot < end) {
      validity[slot >>> 3] |= (byte) (1 << (slot & 7));
      slot++;
    }
  }

  private static int validityBytes(int rows) {
    return (rows + 7) >>> 3;
  }

  /**
   * Makes room for {@code rows} values in {@code out} and keeps hold of it until {@link #complete}.
   */
  abstract void allocate(FieldVector out, int rows);

  /** Puts values that are not null into the slots from {@code slot} on. */
  abstract void putRange(PageValues page, int first, int count, int slot);

  /**
   * Puts picked values, at most {@link #BATCH}, into the slots from {@code slot} on; the slots of
   * nulls are zeroed.
   */
  abstract void putPicked(PageValues page, int[] picks, int count, int slot);

  /** Does what remains to be done when all {@code rows} slots are filled. */
  void complete(int rows) {}

  /** Returns the next piece of a range that is longer than a batch. */
  static int piece(int done, int count) {
    return Math.min(BATCH, count - done);
  }

  /**
   * Returns the buffer of the values of a fixed width vector after making room for {@code rows} of
   * them.
   */
  static ArrowBuf allocateFixed(FieldVector out, int rows) {
    ((org.apache.arrow.vector.BaseFixedWidthVector) out).allocateNew(rows);
    return out.getDataBuffer();
  }
}
