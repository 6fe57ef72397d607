package dev.keymerge.internal.index;

import dev.keymerge.internal.key.KeyRows;
import dev.keymerge.internal.key.KeyShape;
import dev.keymerge.internal.key.ValueRows;
import dev.keymerge.internal.spill.SpillWriter;
import org.apache.arrow.memory.util.MemoryUtil;

/**
 * Says how a row of keys, of the source or of the target, lies in a spilled stream.
 *
 * <pre>
 *   row state | key                                | order value, if there is an order column
 *               WORD:  the word                      of words: the word
 *               PAIR:  both words                    of bytes: length (4 bytes), bytes
 *               BYTES: length (4 bytes), bytes
 * </pre>
 *
 * <p>Hashes are not written: computing one costs less than reading it. Immutable.
 *
 * @param shape how keys are held
 * @param order how order values are held
 */
record RowFormat(KeyShape shape, OrderShape order) {

  /** Says how order values are held. */
  enum OrderShape {
    /** There are none. */
    NONE,
    /** As words. */
    WORD,
    /** As bytes. */
    BYTES
  }

  /** Returns the same format for rows without order values, such as the target's. */
  RowFormat unordered() {
    return new RowFormat(shape, OrderShape.NONE);
  }

  /** Returns how many bytes a row takes at least. */
  long leastBytes() {
    return switch (shape) {
      case WORD -> 2 * Long.BYTES;
      case PAIR -> 3 * Long.BYTES;
      case BYTES -> Long.BYTES + Integer.BYTES;
    };
  }

  /** Appends a row without an order value. */
  void write(SpillWriter out, long state, KeyRows keys, int row) {
    writeKey(out, state, keys, row, 0);
  }

  /** Appends a row with an order value. */
  void write(SpillWriter out, long state, KeyRows keys, int row, ValueRows values) {
    if (order == OrderShape.WORD) {
      MemoryUtil.putLong(writeKey(out, state, keys, row, Long.BYTES), values.words()[row]);
      return;
    }
    int length = values.lengths()[row];
    long to = writeKey(out, state, keys, row, Integer.BYTES + length);
    MemoryUtil.putInt(to, length);
    if (length > 0) {
      MemoryUtil.copyMemory(
          values.data().memoryAddress() + values.starts()[row], to + Integer.BYTES, length);
    }
  }

  private long writeKey(SpillWriter out, long state, KeyRows keys, int row, int orderBytes) {
    switch (shape) {
      case WORD -> {
        long to = out.append(2 * Long.BYTES + orderBytes);
        MemoryUtil.putLong(to, state);
        MemoryUtil.putLong(to + Long.BYTES, keys.first()[row]);
        return to + 2 * Long.BYTES;
      }
      case PAIR -> {
        long to = out.append(3 * Long.BYTES + orderBytes);
        MemoryUtil.putLong(to, state);
        MemoryUtil.putLong(to + Long.BYTES, keys.first()[row]);
        MemoryUtil.putLong(to + 2 * Long.BYTES, keys.second()[row]);
        return to + 3 * Long.BYTES;
      }
      case BYTES -> {
        int length = keys.lengths()[row];
        long to = out.append(Long.BYTES + Integer.BYTES + length + orderBytes);
        MemoryUtil.putLong(to, state);
        MemoryUtil.putInt(to + Long.BYTES, length);
        long bytes = to + Long.BYTES + Integer.BYTES;
        if (length > 0) {
          MemoryUtil.copyMemory(keys.data().memoryAddress() + keys.starts()[row], bytes, length);
        }
        return bytes + length;
      }
      default -> throw new AssertionError(shape);
    }
  }

  /** Returns how many bytes the key of the row at {@code address} takes. */
  int keyBytes(long address) {
    return switch (shape) {
      case WORD -> Long.BYTES;
      case PAIR -> 2 * Long.BYTES;
      case BYTES -> Integer.BYTES + MemoryUtil.getInt(address + Long.BYTES);
    };
  }

  /** Returns how many bytes the order value at {@code address} takes. */
  int orderBytes(long address) {
    return switch (order) {
      case NONE -> 0;
      case WORD -> Long.BYTES;
      case BYTES -> Integer.BYTES + MemoryUtil.getInt(address);
    };
  }

  /**
   * Compares the keys of two rows, of source or target, in an order that serves to bring equal keys
   * together and means nothing else.
   */
  int compareKeys(long left, long right) {
    int nulls =
        Integer.compare(
            RowState.nulls(MemoryUtil.getLong(left)), RowState.nulls(MemoryUtil.getLong(right)));
    if (nulls != 0) {
      return nulls;
    }
    if (shape != KeyShape.BYTES) {
      int first = compareWords(left + Long.BYTES, right + Long.BYTES);
      return first != 0 || shape == KeyShape.WORD
          ? first
          : compareWords(left + 2 * Long.BYTES, right + 2 * Long.BYTES);
    }
    int length = MemoryUtil.getInt(left + Long.BYTES);
    int otherLength = MemoryUtil.getInt(right + Long.BYTES);
    if (length != otherLength) {
      return Integer.compare(length, otherLength);
    }
    return compareBytes(
        left + Long.BYTES + Integer.BYTES, right + Long.BYTES + Integer.BYTES, length);
  }

  private static int compareWords(long left, long right) {
    return Long.compare(MemoryUtil.getLong(left), MemoryUtil.getLong(right));
  }

  private static int compareBytes(long left, long right, int length) {
    int at = 0;
    for (; at <= length - Long.BYTES; at += Long.BYTES) {
      int words = Long.compare(MemoryUtil.getLong(left + at), MemoryUtil.getLong(right + at));
      if (words != 0) {
        return words;
      }
    }
    for (; at < length; at++) {
      int bytes = Byte.compare(MemoryUtil.getByte(left + at), MemoryUtil.getByte(right + at));
      if (bytes != 0) {
        return bytes;
      }
    }
    return 0;
  }
}
