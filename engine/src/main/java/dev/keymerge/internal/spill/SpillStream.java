package dev.keymerge.internal.spill;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Stands for the finished bytes of one writer, until they are released.
 *
 * <p>May be read by several readers, one after the other or at once. The owner closes it after its
 * readers, which gives back the disk.
 */
public final class SpillStream implements AutoCloseable {
  private static final int ENTRY_BYTES = Long.BYTES + Integer.BYTES;

  /** A block's place is one number: its file among those of the stream above its position. */
  private static final int POSITION_BITS = 40;

  private static final int FIRST_CAPACITY = 4;

  private final SpillStore store;
  private final int number;
  private final List<SpillFile> files = new ArrayList<>(1);
  private long[] places = new long[0];
  private int[] lengths = new int[0];
  private int blocks;
  private int largestBlock;
  private long diskBytes;
  private boolean closed;

  SpillStream(SpillStore store, int number) {
    this.store = store;
    this.number = number;
  }

  /** Returns how many bytes the caller wrote. */
  public long bytes() {
    return diskBytes - (long) blocks * SpillBlock.HEADER_BYTES;
  }

  /** Starts reading from the beginning; the caller closes the reader before this stream. */
  public SpillReader open() {
    return open(0);
  }

  /** Starts reading from a block on; the caller closes the reader before this stream. */
  public SpillReader open(int firstBlock) {
    return new SpillReader(store, this, firstBlock);
  }

  /** Returns how many bytes stand on disk for it. */
  long diskBytes() {
    return diskBytes;
  }

  List<SpillFile> files() {
    return files;
  }

  int number() {
    return number;
  }

  int blocks() {
    return blocks;
  }

  int largestBlock() {
    return largestBlock;
  }

  SpillFile file(int block) {
    return files.get((int) (places[block] >>> POSITION_BITS));
  }

  long position(int block) {
    return places[block] & ((1L << POSITION_BITS) - 1);
  }

  int length(int block) {
    return lengths[block];
  }

  /** Makes sure that one more block can be noted. */
  void reserveBlock() {
    if (blocks == lengths.length) {
      int capacity = Math.max(FIRST_CAPACITY, blocks + (blocks >> 1));
      store.bookkeeping().grow((long) (capacity - blocks) * ENTRY_BYTES);
      places = Arrays.copyOf(places, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
    }
  }

  void add(SpillFile file, long position, int length) {
    // The store goes from file to file and never back, so the last one is the only one to compare.
    if (files.isEmpty() || !files.get(files.size() - 1).equals(file)) {
      files.add(file);
      file.join();
    }
    places[blocks] = (long) (files.size() - 1) << POSITION_BITS | position;
    lengths[blocks++] = length;
    largestBlock = Math.max(largestBlock, length);
    diskBytes += length;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      store.release(files);
      store.bookkeeping().shrink((long) lengths.length * ENTRY_BYTES);
    }
  }
}
