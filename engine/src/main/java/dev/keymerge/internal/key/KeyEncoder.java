package dev.keymerge.internal.key;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Writes keys of several components as one range of bytes each, so that equal keys are equal bytes
 * and only they.
 *
 * <p>Each component is a tag, 0 for null or 1, then for words eight bytes and for bytes a length of
 * four bytes and the bytes. What follows a null's tag is zero.
 *
 * <p>Not thread-safe; owned by a batch, whose reservation pays for its arrays.
 */
final class KeyEncoder implements AutoCloseable {
  private final List<CanonicalColumn> columns;
  private final BufferAllocator allocator;
  private final MemoryReservation reservation;

  private int capacity;
  private int[] starts = new int[0];
  private int[] lengths = new int[0];
  private int[] cursors = new int[0];
  private @Nullable ArrowBuf encoded;

  KeyEncoder(
      List<CanonicalColumn> columns, BufferAllocator allocator, MemoryReservation reservation) {
    this.columns = columns;
    this.allocator = allocator;
    this.reservation = reservation;
  }

  /** Encodes rows 0 to {@code rows} of what the columns hold. */
  void encode(int rows) {
    ensureCapacity(rows);
    long total = layOut(rows);
    ArrowBuf target = buffer(total);
    System.arraycopy(starts, 0, cursors, 0, rows);
    for (CanonicalColumn column : columns) {
      if (column.type().kind().isWord()) {
        writeWords(column, rows, target);
      } else {
        writeBytes(column, rows, target);
      }
    }
  }

  private void ensureCapacity(int rows) {
    if (rows > capacity) {
      reservation.grow(3L * Integer.BYTES * (rows - capacity));
      capacity = rows;
      starts = new int[rows];
      lengths = new int[rows];
      cursors = new int[rows];
    }
  }

  private long layOut(int rows) {
    int fixed = 0;
    for (CanonicalColumn column : columns) {
      fixed += 1 + (column.type().kind().isWord() ? Long.BYTES : Integer.BYTES);
    }
    Arrays.fill(lengths, 0, rows, fixed);
    for (CanonicalColumn column : columns) {
      if (!column.type().kind().isWord()) {
        int[] bytes = column.lengths();
        for (int row = 0; row < rows; row++) {
          lengths[row] = Math.addExact(lengths[row], bytes[row]);
        }
      }
    }
    long total = 0;
    for (int row = 0; row < rows; row++) {
      starts[row] = (int) total;
      total += lengths[row];
    }
    if (total > Integer.MAX_VALUE) {
      throw new MergeException.LimitExceeded(
          "The keys of one batch of " + rows + " rows take " + total + " bytes, more than 2 GiB",
          "Choose key columns with shorter values.");
    }
    return total;
  }

  private ArrowBuf buffer(long bytes) {
    ArrowBuf held = encoded;
    if (held != null && held.capacity() >= bytes) {
      return held;
    }
    close();
    ArrowBuf fresh = allocator.buffer(bytes);
    encoded = fresh;
    return fresh;
  }

  private void writeWords(CanonicalColumn column, int rows, ArrowBuf target) {
    long[] words = column.words();
    for (int row = 0; row < rows; row++) {
      int cursor = cursors[row];
      target.setByte(cursor, column.isNull(row) ? 0 : 1);
      target.setLong(cursor + 1L, words[row]);
      cursors[row] = cursor + 1 + Long.BYTES;
    }
  }

  private void writeBytes(CanonicalColumn column, int rows, ArrowBuf target) {
    ArrowBuf source = column.data();
    int[] from = column.starts();
    int[] bytes = column.lengths();
    for (int row = 0; row < rows; row++) {
      int cursor = cursors[row];
      int length = bytes[row];
      target.setByte(cursor, column.isNull(row) ? 0 : 1);
      target.setInt(cursor + 1L, length);
      if (length > 0) {
        target.setBytes(cursor + 1L + Integer.BYTES, source, from[row], length);
      }
      cursors[row] = cursor + 1 + Integer.BYTES + length;
    }
  }

  ArrowBuf data() {
    ArrowBuf held = encoded;
    if (held == null) {
      throw new IllegalStateException("No keys are encoded");
    }
    return held;
  }

  int[] starts() {
    return starts;
  }

  int[] lengths() {
    return lengths;
  }

  @Override
  public void close() {
    if (encoded != null) {
      encoded.close();
      encoded = null;
    }
  }
}
