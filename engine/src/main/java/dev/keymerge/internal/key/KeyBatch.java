package dev.keymerge.internal.key;

import dev.keymerge.internal.memory.MemoryReservation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Holds one batch of keys in canonical form and hashes them.
 *
 * <p>Two keys of the same type are equal exactly if their null bits and, as their shape says, their
 * first word, both words, or bytes are. A null component counts as zero or as no bytes beside its
 * null bit.
 *
 * <p>What a batch shows is valid until the loaded vectors change or the next {@link #load}. Not
 * thread-safe; closing gives back all that it holds.
 */
public final class KeyBatch implements KeyRows, AutoCloseable {
  private final KeyType type;
  private final MemoryReservation reservation;
  private final List<CanonicalColumn> columns = new ArrayList<>();
  private final @Nullable KeyEncoder encoder;

  private int rows;
  private int capacity;
  private long[] first = new long[0];
  private long[] second = new long[0];
  private int[] nulls = new int[0];

  /** Creates an empty batch; {@code reservation} pays for its arrays and is closed with it. */
  public KeyBatch(KeyType type, BufferAllocator allocator, MemoryReservation reservation) {
    this.type = type;
    this.reservation = reservation;
    for (Field field : type.fields()) {
      columns.add(new CanonicalColumn(field, allocator, reservation));
    }
    encoder =
        type.shape() == KeyShape.BYTES && columns.size() > 1
            ? new KeyEncoder(columns, allocator, reservation)
            : null;
  }

  /**
   * Loads the keys in rows 0 to {@code rowCount}; vectors stand in key order and have the types of
   * the key's fields.
   */
  public void load(List<FieldVector> keys, int rowCount) {
    if (keys.size() != columns.size()) {
      throw new IllegalArgumentException(
          "A key of " + columns.size() + " columns got " + keys.size());
    }
    ensureCapacity(rowCount);
    rows = rowCount;
    Arrays.fill(nulls, 0, rowCount, 0);
    for (int index = 0; index < keys.size(); index++) {
      CanonicalColumn column = columns.get(index);
      column.load(keys.get(index), rowCount);
      markNulls(column, type.shape() == KeyShape.PAIR ? 1 << index : 1);
    }
    if (rowCount == 0) {
      return;
    }
    switch (type.shape()) {
      case WORD -> first = columns.get(0).words();
      case PAIR -> loadPairs();
      case BYTES -> {
        if (encoder != null) {
          encoder.encode(rowCount);
        }
      }
    }
  }

  private void ensureCapacity(int rowCount) {
    if (rowCount <= capacity) {
      return;
    }
    boolean pairs = type.shape() == KeyShape.PAIR;
    long perRow = Integer.BYTES + (pairs ? 2L * Long.BYTES : 0);
    reservation.grow(perRow * (rowCount - capacity));
    capacity = rowCount;
    nulls = new int[rowCount];
    if (pairs) {
      first = new long[rowCount];
      second = new long[rowCount];
    }
  }

  private void markNulls(CanonicalColumn column, int bit) {
    if (!column.hasNulls()) {
      return;
    }
    for (int row = 0; row < rows; row++) {
      if (column.isNull(row)) {
        nulls[row] |= bit;
      }
    }
  }

  private void loadPairs() {
    if (!type.components().get(0).kind().isWord()) {
      splitSixteenBytes(columns.get(0));
      return;
    }
    Arrays.fill(first, 0, rows, 0);
    Arrays.fill(second, 0, rows, 0);
    for (int index = 0; index < columns.size(); index++) {
      int shift = type.packedShift(index);
      int bytes = type.components().get(index).wordBytes();
      long mask = -1L >>> Long.SIZE - bytes * Byte.SIZE;
      pack(columns.get(index).words(), mask, shift, shift < Long.SIZE ? first : second);
    }
  }

  private void pack(long[] words, long mask, int shift, long[] into) {
    for (int row = 0; row < rows; row++) {
      // A shift of 64 or more lands in the second word: Java takes it modulo 64.
      into[row] |= (words[row] & mask) << shift;
    }
  }

  private void splitSixteenBytes(CanonicalColumn column) {
    ArrowBuf data = column.data();
    int[] starts = column.starts();
    for (int row = 0; row < rows; row++) {
      boolean absent = nulls[row] != 0;
      first[row] = absent ? 0 : data.getLong(starts[row]);
      second[row] = absent ? 0 : data.getLong((long) starts[row] + Long.BYTES);
    }
  }

  /** Hashes every key of the batch into {@code out}. */
  public void hash(KeyHash function, long[] out) {
    if (rows == 0) {
      return;
    }
    switch (type.shape()) {
      case WORD -> function.words(first, nulls, rows, out);
      case PAIR -> function.pairs(first, second, nulls, rows, out);
      case BYTES ->
          function.bytes(data(), new KeyHash.ByteRanges(starts(), lengths()), nulls, rows, out);
    }
  }

  /** Returns what the batch holds keys of. */
  public KeyType type() {
    return type;
  }

  /** Returns how many keys are loaded. */
  public int rows() {
    return rows;
  }

  /** Returns the components of the loaded keys, in key order; borrowed. */
  public List<CanonicalColumn> columns() {
    return columns;
  }

  /** Returns the first word of each key, owned by the batch; not for byte keys. */
  @Override
  public long[] first() {
    return first;
  }

  /** Returns the second word of each key, owned by the batch; only for packed keys. */
  @Override
  public long[] second() {
    return second;
  }

  /**
   * Returns per key a number that is 0 if nothing is null, and that equal keys share; owned by the
   * batch.
   */
  @Override
  public int[] nulls() {
    return nulls;
  }

  /** Returns the buffer in which byte keys lie; borrowed. */
  @Override
  public ArrowBuf data() {
    return encoder == null ? columns.get(0).data() : encoder.data();
  }

  /** Returns where each byte key starts; owned by the batch. */
  @Override
  public int[] starts() {
    return encoder == null ? columns.get(0).starts() : encoder.starts();
  }

  /** Returns how long each byte key is; owned by the batch. */
  @Override
  public int[] lengths() {
    return encoder == null ? columns.get(0).lengths() : encoder.lengths();
  }

  @Override
  public void close() {
    for (CanonicalColumn column : columns) {
      column.close();
    }
    if (encoder != null) {
      encoder.close();
    }
    reservation.close();
  }
}
