package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.KeyRows;
import dev.keymerge.internal.key.KeyShape;
import dev.keymerge.internal.key.ValueRows;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * Reads rows of keys back from a spilled stream, a few at a time, hashed again.
 *
 * <p>Holds one block of the stream. Not thread-safe; closed before the stream.
 */
final class SpilledRows implements KeyRows, AutoCloseable {
  private static final int AT_ONCE = 512;
  private static final long ROW_BYTES = 5L * Long.BYTES + 7L * Integer.BYTES;

  private final RowFormat format;
  private final KeyHash hash;
  private final MemoryReservation memory;
  private final SpillReader reader;
  private final SourceRows shown;
  private final long[] states = new long[AT_ONCE];
  private final long[] hashes = new long[AT_ONCE];
  private final long[] first = new long[AT_ONCE];
  private final long[] second;
  private final int[] nulls = new int[AT_ONCE];
  private final int[] starts = new int[AT_ONCE];
  private final int[] lengths = new int[AT_ONCE];
  private final int[] recordStarts = new int[AT_ONCE + 1];
  private final Orders orders = new Orders();
  private int position;
  private int rows;

  SpilledRows(RowFormat format, KeyHash hash, SpillStream stream, MemoryBudget budget) {
    this.format = format;
    this.hash = hash;
    this.memory = budget.open("rows of spilled keys");
    try {
      memory.grow(ROW_BYTES * AT_ONCE);
    } catch (MergeException.LimitExceeded refused) {
      memory.close();
      throw refused;
    }
    this.reader = stream.open();
    this.second = new long[format.shape() == KeyShape.PAIR ? AT_ONCE : 0];
    this.shown =
        new SourceRows(
            this,
            format.order() == RowFormat.OrderShape.NONE ? null : orders,
            states,
            SourceRows.RowTexts.LATER);
  }

  /** Loads the next rows and returns true, or returns false at the end. */
  boolean next() {
    if (rows == 0 || position >= reader.bytes()) {
      do {
        if (!reader.next()) {
          rows = 0;
          return false;
        }
      } while (reader.bytes() == 0);
      position = 0;
    }
    parse();
    hashRows();
    return true;
  }

  private void parse() {
    int end = reader.bytes();
    long base = reader.address();
    int count = 0;
    while (position < end && count < AT_ONCE) {
      long at = base + position;
      long state = MemoryUtil.getLong(at);
      int keyBytes = format.keyBytes(at);
      states[count] = state;
      nulls[count] = RowState.nulls(state);
      recordStarts[count] = position;
      switch (format.shape()) {
        case WORD -> first[count] = MemoryUtil.getLong(at + Long.BYTES);
        case PAIR -> {
          first[count] = MemoryUtil.getLong(at + Long.BYTES);
          second[count] = MemoryUtil.getLong(at + 2 * Long.BYTES);
        }
        case BYTES -> {
          starts[count] = reader.offset() + position + Long.BYTES + Integer.BYTES;
          lengths[count] = keyBytes - Integer.BYTES;
        }
        default -> throw new AssertionError(format.shape());
      }
      int orderAt = position + Long.BYTES + keyBytes;
      position = orderAt + orders.parse(count, base, orderAt);
      count++;
    }
    recordStarts[count] = position;
    rows = count;
  }

  private void hashRows() {
    switch (format.shape()) {
      case WORD -> hash.words(first, nulls, rows, hashes);
      case PAIR -> hash.pairs(first, second, nulls, rows, hashes);
      case BYTES ->
          hash.bytes(reader.block(), new KeyHash.ByteRanges(starts, lengths), nulls, rows, hashes);
      default -> throw new AssertionError(format.shape());
    }
  }

  /** Returns how many rows are loaded. */
  int rows() {
    return rows;
  }

  /** Returns the hash of each loaded key. */
  long[] hashes() {
    return hashes;
  }

  /** Returns the state of each loaded row; of target rows, the position stands for the ordinal. */
  long[] states() {
    return states;
  }

  /** Returns the loaded rows as partitions take them. */
  SourceRows shown() {
    return shown;
  }

  /** Returns where in memory a loaded row lies as it was written. */
  long record(int row) {
    return reader.address() + recordStarts[row];
  }

  /** Returns how many bytes a loaded row takes as it was written. */
  int recordBytes(int row) {
    return recordStarts[row + 1] - recordStarts[row];
  }

  @Override
  public long[] first() {
    return first;
  }

  @Override
  public long[] second() {
    return second;
  }

  @Override
  public int[] nulls() {
    return nulls;
  }

  @Override
  public ArrowBuf data() {
    return reader.block();
  }

  @Override
  public int[] starts() {
    return starts;
  }

  @Override
  public int[] lengths() {
    return lengths;
  }

  @Override
  public void close() {
    reader.close();
    memory.close();
  }

  /** Shows the order values of the loaded rows. */
  private final class Orders implements ValueRows {
    private final long[] words = new long[AT_ONCE];
    private int @Nullable [] orderStarts;
    private int @Nullable [] orderLengths;

    /** Notes the value at {@code at} and returns how many bytes it takes. */
    int parse(int row, long base, int at) {
      int bytes = format.orderBytes(base + at);
      switch (format.order()) {
        case NONE -> {}
        case WORD -> words[row] = MemoryUtil.getLong(base + at);
        case BYTES -> {
          starts()[row] = reader.offset() + at + Integer.BYTES;
          lengths()[row] = bytes - Integer.BYTES;
        }
        default -> throw new AssertionError(format.order());
      }
      return bytes;
    }

    @Override
    public long[] words() {
      return words;
    }

    @Override
    public ArrowBuf data() {
      return reader.block();
    }

    @Override
    public int[] starts() {
      int[] held = orderStarts;
      if (held == null) {
        held = new int[AT_ONCE];
        orderStarts = held;
      }
      return held;
    }

    @Override
    public int[] lengths() {
      int[] held = orderLengths;
      if (held == null) {
        held = new int[AT_ONCE];
        orderLengths = held;
      }
      return held;
    }
  }
}
