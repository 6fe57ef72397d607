package dev.keymerge.internal.key;

import dev.keymerge.internal.memory.MemoryReservation;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.ByteFunctionHelpers;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Holds one batch of a column in canonical form: words, or ranges of bytes, and which values are
 * null.
 *
 * <p>Byte ranges point into the loaded vector where its bytes are canonical already, so they are
 * valid until the vector changes or the next {@link #load}. Arrays that scale with the batch are
 * charged to a reservation that the caller owns.
 *
 * <p>Not thread-safe; the owner closes it before the allocator and the reservation.
 */
public final class CanonicalColumn implements ValueRows, AutoCloseable {
  private final String name;
  private final CanonicalType type;
  private final BufferAllocator allocator;
  private final MemoryReservation reservation;

  private int capacity;
  private boolean[] nulls = new boolean[0];
  private boolean hasNulls;
  private long[] words = new long[0];
  private int[] starts = new int[0];
  private int[] lengths = new int[0];
  private @Nullable ArrowBuf data;
  private @Nullable ArrowBuf scratch;

  /**
   * Creates an empty column.
   *
   * @throws dev.keymerge.MergeException.InvalidRequest if the field's type has no canonical form
   */
  public CanonicalColumn(Field field, BufferAllocator allocator, MemoryReservation reservation) {
    this.name = field.getName();
    this.type = CanonicalType.of(field);
    this.allocator = allocator;
    this.reservation = reservation;
  }

  /** Returns how values become canonical. */
  public CanonicalType type() {
    return type;
  }

  /**
   * Loads rows 0 to {@code rows} of {@code vector}, whose type must be that of the column's field.
   */
  public void load(FieldVector vector, int rows) {
    if (!CanonicalType.of(vector.getField()).equals(type)) {
      throw new IllegalArgumentException(
          "Column '" + name + "' expects " + type + " but got " + vector.getField());
    }
    ensureCapacity(rows);
    loadNulls(vector, rows);
    if (rows == 0) {
      return;
    }
    if (type.kind().isWord()) {
      loadWords(vector, rows);
    } else {
      loadBytes(vector, rows);
    }
  }

  private void ensureCapacity(int rows) {
    if (rows <= capacity) {
      return;
    }
    long perRow = type.kind().isWord() ? 1 + Long.BYTES : 1 + 2 * Integer.BYTES;
    reservation.grow(perRow * (rows - capacity));
    capacity = rows;
    nulls = new boolean[rows];
    if (type.kind().isWord()) {
      words = new long[rows];
    } else {
      starts = new int[rows];
      lengths = new int[rows];
    }
  }

  private void loadNulls(FieldVector vector, int rows) {
    hasNulls = rows > 0 && vector.getNullCount() > 0;
    if (!hasNulls) {
      Arrays.fill(nulls, 0, rows, false);
      return;
    }
    ArrowBuf validity = vector.getValidityBuffer();
    validity.checkBytes(0, (rows + 7L) >> 3);
    long address = validity.memoryAddress();
    for (int row = 0; row < rows; row++) {
      nulls[row] = (MemoryUtil.getByte(address + (row >> 3)) >> (row & 7) & 1) == 0;
    }
  }

  private void loadWords(FieldVector vector, int rows) {
    ArrowBuf buffer = vector.getDataBuffer();
    WordKernels.read(type, buffer, rows, words);
    if (type.kind() == CanonicalType.Kind.DECIMAL_WORD) {
      WordKernels.checkDecimals(buffer, rows, words, nulls);
    }
    if (hasNulls) {
      for (int row = 0; row < rows; row++) {
        if (nulls[row]) {
          words[row] = 0;
        }
      }
    }
  }

  private void loadBytes(FieldVector vector, int rows) {
    switch (type.kind()) {
      case VARIABLE_BYTES -> {
        ArrowBuf offsets = vector.getOffsetBuffer();
        int start = offsets.getInt(0);
        for (int row = 0; row < rows; row++) {
          int end = offsets.getInt((row + 1L) * Integer.BYTES);
          if (start < 0 || end < start) {
            throw new IllegalArgumentException("Offsets of column '" + name + "' go backwards");
          }
          starts[row] = start;
          lengths[row] = end - start;
          start = end;
        }
        data = vector.getDataBuffer();
        // Checked here once, so that hashing and comparing need not.
        data.checkBytes(0, start);
      }
      case FIXED_BYTES -> {
        layOutFixed(rows);
        data = vector.getDataBuffer();
        data.checkBytes(0, (long) rows * type.width());
      }
      default -> {
        layOutFixed(rows);
        data = orderDecimals(vector.getDataBuffer(), rows);
      }
    }
    if (hasNulls) {
      for (int row = 0; row < rows; row++) {
        if (nulls[row]) {
          lengths[row] = 0;
        }
      }
    }
  }

  private void layOutFixed(int rows) {
    int width = type.width();
    Math.multiplyExact(rows, width);
    for (int row = 0; row < rows; row++) {
      starts[row] = row * width;
      lengths[row] = width;
    }
  }

  private ArrowBuf orderDecimals(ArrowBuf source, int rows) {
    int width = type.width();
    ArrowBuf target = scratch((long) rows * width);
    for (int row = 0; row < rows; row++) {
      long start = (long) row * width;
      for (int offset = 0; offset < width; offset += Long.BYTES) {
        long word = source.getLong(start + width - Long.BYTES - offset);
        long ordered = offset == 0 ? CanonicalWords.ofUnsignedLong(word) : word;
        target.setLong(start + offset, Long.reverseBytes(ordered));
      }
    }
    return target;
  }

  private ArrowBuf scratch(long bytes) {
    ArrowBuf held = scratch;
    if (held != null && held.capacity() >= bytes) {
      return held;
    }
    closeScratch();
    ArrowBuf fresh = allocator.buffer(bytes);
    scratch = fresh;
    return fresh;
  }

  private void closeScratch() {
    if (scratch != null) {
      scratch.close();
      scratch = null;
    }
    data = null;
  }

  /** Returns whether any row of the batch is null. */
  public boolean hasNulls() {
    return hasNulls;
  }

  /** Returns whether {@code row} is null. */
  public boolean isNull(int row) {
    return nulls[row];
  }

  /** Returns the words, 0 for null; owned by the column and only filled if the type has words. */
  @Override
  public long[] words() {
    return words;
  }

  /**
   * Returns the buffer that the byte ranges lie in; borrowed. Only if the type has no words and the
   * batch is not empty.
   */
  @Override
  public ArrowBuf data() {
    ArrowBuf loaded = data;
    if (loaded == null) {
      throw new IllegalStateException("Column '" + name + "' has no bytes loaded");
    }
    return loaded;
  }

  /** Returns where each value's bytes start; owned by the column. */
  @Override
  public int[] starts() {
    return starts;
  }

  /** Returns how many bytes each value has, 0 for null; owned by the column. */
  @Override
  public int[] lengths() {
    return lengths;
  }

  /**
   * Compares a value with one of a column of the same type; nulls stand lowest and equal each
   * other, NaN stands highest.
   */
  public int compare(int row, CanonicalColumn other, int otherRow) {
    if (nulls[row] || other.nulls[otherRow]) {
      return Boolean.compare(other.nulls[otherRow], nulls[row]);
    }
    if (type.kind().isWord()) {
      return Long.compare(words[row], other.words[otherRow]);
    }
    long start = starts[row];
    long otherStart = other.starts[otherRow];
    return ByteFunctionHelpers.compare(
        data(),
        start,
        start + lengths[row],
        other.data(),
        otherStart,
        otherStart + other.lengths[otherRow]);
  }

  @Override
  public void close() {
    closeScratch();
  }
}
