package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * Keeps bits on disk, in ranges of one size: as they were when they came, and what was changed
 * since, in order.
 *
 * <p>A change costs four bytes of disk and no look at the bits. Reading loads one range at a time
 * and makes its changes again, so it should go from range to range. Safe from many threads; a
 * reader sees the changes that were made before it asked. Closed by the owner, before the store.
 */
final class SpilledBits implements AutoCloseable {
  private static final int WORDS_BLOCK_BYTES = 64 << 10;
  private static final int CHANGES_OF_BLOCK = (16 << 10) / Integer.BYTES;
  private static final int NONE = -1;

  private final SpillStore store;
  private final int rangeWords;
  private final List<Range> ranges = new ArrayList<>();

  /** The bits of the loaded range; there from the first range on. */
  private long[] words = new long[0];

  private int loaded = NONE;

  /**
   * Creates an object without ranges.
   *
   * @param rangeWords words of 64 bits of each range, at most 2^25
   */
  SpilledBits(SpillStore store, int rangeWords) {
    this.store = store;
    this.rangeWords = rangeWords;
  }

  /** Holds one range; {@code count} is negative while it is not known. */
  private static final class Range implements AutoCloseable {
    private final SpillStream words;
    private final List<SpillStream> changes = new ArrayList<>();
    private @Nullable SpillWriter writer;
    private long count = NONE;

    Range(SpillStream words) {
      this.words = words;
    }

    @Override
    public void close() {
      SpillWriter open = writer;
      if (open != null) {
        open.close();
      }
      changes.forEach(SpillStream::close);
      words.close();
    }
  }

  /**
   * Writes the range that follows the last one.
   *
   * @param segments equal parts of the bits, the range's own from {@code first} on; borrowed
   * @throws MergeException.LimitExceeded if memory or disk refuses; nothing was added then
   */
  synchronized void add(long[][] segments, int first) {
    try (SpillWriter writer = store.create(WORDS_BLOCK_BYTES)) {
      int written = 0;
      for (int segment = first; written < rangeWords; segment++) {
        for (long word : segments[segment]) {
          MemoryUtil.putLong(writer.append(Long.BYTES), word);
        }
        written += segments[segment].length;
      }
      ranges.add(new Range(writer.finish()));
    }
  }

  /**
   * Sets or clears the bit of a row.
   *
   * @throws MergeException.LimitExceeded if memory or disk refuses; nothing was changed then
   */
  synchronized void change(long row, boolean to) {
    int number = (int) (row / rangeRows());
    Range range = ranges.get(number);
    int bit = (int) (row % rangeRows());
    MemoryUtil.putInt(append(range), bit << 1 | (to ? 1 : 0));
    range.count = NONE;
    if (loaded == number) {
      loaded = NONE;
    }
  }

  private long rangeRows() {
    return (long) rangeWords * Long.SIZE;
  }

  /**
   * Makes sure that the next change of each of two rows cannot fail.
   *
   * @throws MergeException.LimitExceeded if memory or disk refuses
   */
  synchronized void reserve(long row, long other) {
    SpillWriter first = writer(ranges.get((int) (row / rangeRows())));
    SpillWriter second = writer(ranges.get((int) (other / rangeRows())));
    try {
      reserve(first, second);
    } catch (MergeException.LimitExceeded refused) {
      lendBlocks();
      reserve(first, second);
    }
  }

  private static void reserve(SpillWriter first, SpillWriter second) {
    first.reserve(2 * Integer.BYTES);
    second.reserve(2 * Integer.BYTES);
  }

  private long append(Range range) {
    SpillWriter writer = writer(range);
    try {
      return writer.append(Integer.BYTES);
    } catch (MergeException.LimitExceeded refused) {
      lendBlocks();
      return writer.append(Integer.BYTES);
    }
  }

  private SpillWriter writer(Range range) {
    SpillWriter writer = range.writer;
    if (writer == null) {
      writer = store.createForRecords(Integer.BYTES, CHANGES_OF_BLOCK);
      range.writer = writer;
    }
    return writer;
  }

  /** Sends all blocks to disk before they are full, so that one range gets the memory of others. */
  private void lendBlocks() {
    for (Range range : ranges) {
      SpillWriter held = range.writer;
      if (held != null) {
        held.pause();
      }
    }
  }

  /** Returns how many bits are set. */
  synchronized long count() {
    long count = 0;
    for (int number = 0; number < ranges.size(); number++) {
      Range range = ranges.get(number);
      if (range.count == NONE) {
        load(number);
        long set = 0;
        for (long word : words) {
          set += Long.bitCount(word);
        }
        range.count = set;
      }
      count += range.count;
    }
    return count;
  }

  /** Returns 64 bits; the lowest one belongs to row {@code 64 * index}. */
  synchronized long word(long index) {
    int number = (int) (index / rangeWords);
    if (loaded != number) {
      load(number);
    }
    return words[(int) (index % rangeWords)];
  }

  private void load(int number) {
    Range range = ranges.get(number);
    if (words.length == 0) {
      words = new long[rangeWords];
    }
    loaded = NONE;
    int count = 0;
    try (SpillReader reader = range.words.open()) {
      while (reader.next()) {
        for (int at = 0; at < reader.bytes(); at += Long.BYTES) {
          words[count++] = MemoryUtil.getLong(reader.address() + at);
        }
      }
    }
    SpillWriter writer = range.writer;
    if (writer != null) {
      range.changes.add(writer.finish());
      range.writer = null;
    }
    range.changes.forEach(this::repeat);
    loaded = number;
  }

  private void repeat(SpillStream changes) {
    try (SpillReader reader = changes.open()) {
      while (reader.next()) {
        for (int at = 0; at < reader.bytes(); at += Integer.BYTES) {
          int change = MemoryUtil.getInt(reader.address() + at);
          int bit = change >>> 1;
          if ((change & 1) != 0) {
            words[bit >>> 6] |= 1L << bit;
          } else {
            words[bit >>> 6] &= ~(1L << bit);
          }
        }
      }
    }
  }

  @Override
  public synchronized void close() {
    ranges.forEach(Range::close);
    ranges.clear();
  }
}
