package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import dev.keymerge.internal.key.BlockedBloomFilter;
import dev.keymerge.internal.key.KeyBatch;
import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.spill.SpillWriter;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Holds all partitions of an index, each in memory until memory is short: then the largest one goes
 * to disk, and later rows of it go there at once.
 *
 * <p>From the first such moment on, a filter of all hashes is kept, if one of use has room, so that
 * few target rows have to follow to the disk. Not thread-safe; owns partitions and filter.
 */
final class Partitions implements AutoCloseable {
  /** A filter may take this part of what tables may. */
  private static final int PART_FOR_FILTER = 4;

  /** Below so many bits per key of the twelve that are usual, a filter lets too much pass. */
  private static final int LEAST_FILTER_BITS = 5;

  private static final int USUAL_FILTER_BITS = 12;

  private final KeyIndexConfig config;
  private final PartitionMaker maker;
  private final BufferAllocator allocator;
  private final @Nullable IndexSpilling spilling;
  private final IndexMemory memory;
  private final KeyPartition[] partitions;
  private int spilled;
  private @Nullable BlockedBloomFilter filter;
  private @Nullable ArrowBuf reserve;
  private long[] batchHashes = new long[0];
  private int[] batchRanges = new int[0];
  private int batchRows;

  /**
   * Creates empty partitions.
   *
   * @throws MergeException.LimitExceeded if the budget refuses
   */
  Partitions(
      KeyIndexConfig config,
      PartitionMaker maker,
      BufferAllocator allocator,
      @Nullable IndexSpilling spilling) {
    this.config = config;
    this.maker = maker;
    this.allocator = allocator;
    this.spilling = spilling;
    this.partitions = new KeyPartition[config.partitions()];
    this.memory =
        new IndexMemory(allocator, spilling == null ? Long.MAX_VALUE : spilling.memoryBytes());
    try {
      for (int index = 0; index < partitions.length; index++) {
        partitions[index] = maker.empty(memory);
      }
      refillReserve();
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /**
   * Announces the next rows.
   *
   * @param batchMemory charged with what is kept per row
   */
  void beginBatch(KeyBatch keys, long[] hashes, MemoryReservation batchMemory) {
    batchHashes = hashes;
    batchRows = keys.rows();
    KeyRanges ranges = config.ranges();
    if (ranges != null) {
      if (batchRows > batchRanges.length) {
        batchMemory.grow((long) (batchRows - batchRanges.length) * Integer.BYTES);
        batchRanges = new int[batchRows];
      }
      ranges.assign(keys, batchRanges);
    }
    BlockedBloomFilter made = filter;
    if (made != null) {
      addBatch(made);
    }
  }

  private void addBatch(BlockedBloomFilter made) {
    for (int row = 0; row < batchRows; row++) {
      made.add(batchHashes[row]);
    }
  }

  /** See {@link KeyPartition#touch}; {@code row} counts in the batch. */
  long touch(int row) {
    return partitions[partition(row)].touch(batchHashes[row]);
  }

  private int partition(int row) {
    return config.ranges() == null
        ? HashBits.partition(batchHashes[row], config.partitionBits())
        : batchRanges[row];
  }

  /**
   * Takes in one row of the batch, and makes room for it if need be.
   *
   * @throws MergeException.LimitExceeded if neither memory nor disk can take it
   */
  void add(SourceRows rows, int row) {
    int partition = partition(row);
    while (true) {
      try {
        partitions[partition].add(rows, row, batchHashes[row]);
        return;
      } catch (MergeException.LimitExceeded refused) {
        spillLargest(refused);
      }
    }
  }

  /** Sends partitions to disk whose keys share hashes: sorting settles them faster. */
  void endBatch() {
    IndexSpilling allowed = spilling;
    if (allowed == null) {
      return;
    }
    for (int index = 0; index < partitions.length; index++) {
      if (partitions[index] instanceof ResidentPartition resident && resident.table().crowded()) {
        spill(index, resident, allowed);
      }
    }
  }

  private void spillLargest(MergeException.LimitExceeded refused) {
    IndexSpilling allowed = spilling;
    int largest = -1;
    long largestBytes = 0;
    for (int index = 0; index < partitions.length; index++) {
      if (partitions[index] instanceof ResidentPartition resident
          && resident.bytes() > largestBytes) {
        largest = index;
        largestBytes = resident.bytes();
      }
    }
    if (allowed == null
        || largest < 0
        || !(partitions[largest] instanceof ResidentPartition resident)) {
      throw refused;
    }
    spill(largest, resident, allowed);
  }

  private void spill(int index, ResidentPartition resident, IndexSpilling allowed) {
    if (spilled == 0) {
      makeFilter(allowed);
    }
    releaseReserve();
    write(index, resident, allowed);
    refillReserve();
  }

  private void write(int index, ResidentPartition resident, IndexSpilling allowed) {
    replace(index, resident, copy(resident, allowed));
  }

  private void replace(int index, ResidentPartition resident, SpilledPartition onDisk) {
    partitions[index] = onDisk;
    resident.close();
    spilled++;
  }

  private SpilledPartition copy(ResidentPartition resident, IndexSpilling allowed) {
    SpillWriter writer = allowed.store().create(allowed.blockBytes(partitions.length));
    try {
      return new SpilledPartition(maker.format(), writer, resident);
    } catch (RuntimeException | Error failure) {
      writer.close();
      throw failure;
    }
  }

  /**
   * Sends all partitions to disk that are still in memory; adding has ended, and something is on
   * disk already.
   *
   * @param cancel asked before each partition
   * @throws MergeException.LimitExceeded if the disk cannot take one; it and those after it are as
   *     they were
   */
  void spillRest(Runnable cancel) {
    IndexSpilling allowed = spilling;
    for (int index = 0; allowed != null && index < partitions.length; index++) {
      if (partitions[index] instanceof ResidentPartition resident) {
        cancel.run();
        SpilledPartition onDisk = copy(resident, allowed);
        try {
          onDisk.finish();
        } catch (RuntimeException | Error failure) {
          onDisk.close();
          throw failure;
        }
        replace(index, resident, onDisk);
      }
    }
  }

  private void makeFilter(IndexSpilling allowed) {
    long keys = Math.max(allowed.expectedRows(), batchRows);
    long room = allowed.memoryBytes() / PART_FOR_FILTER * Byte.SIZE / USUAL_FILTER_BITS;
    if (room < keys * LEAST_FILTER_BITS / USUAL_FILTER_BITS) {
      return;
    }
    try {
      BlockedBloomFilter made = BlockedBloomFilter.create(Math.min(keys, room), allocator);
      filter = made;
      addBatch(made);
      for (KeyPartition partition : partitions) {
        if (partition instanceof ResidentPartition resident) {
          resident.table().addTo(made);
        }
      }
    } catch (MergeException.LimitExceeded refused) {
      // Only speed is lost: more target rows will follow to the disk.
      filter = null;
    }
  }

  /** Keeps a block's worth of memory, without which nothing could be sent to disk any more. */
  private void refillReserve() {
    IndexSpilling allowed = spilling;
    if (allowed != null && spilled < partitions.length) {
      try {
        reserve = allocator.buffer(allowed.blockBytes(partitions.length));
      } catch (MergeException.LimitExceeded refused) {
        if (spilled == 0) {
          throw refused;
        }
      }
    }
  }

  private void releaseReserve() {
    ArrowBuf held = reserve;
    if (held != null) {
      reserve = null;
      held.close();
    }
  }

  /** Ends adding. */
  void finish() {
    releaseReserve();
    batchHashes = new long[0];
    batchRanges = new int[0];
    for (int index = 0; index < partitions.length; index++) {
      finish(index);
    }
  }

  private void finish(int index) {
    if (partitions[index] instanceof SpilledPartition onDisk) {
      onDisk.finish();
    }
  }

  /** Returns what lends the tables in memory their buffers. */
  IndexMemory memory() {
    return memory;
  }

  /** Returns what makes partitions of the same kind. */
  PartitionMaker maker() {
    return maker;
  }

  /** Returns how the index may spill, or null if it may not. */
  @Nullable IndexSpilling spilling() {
    return spilling;
  }

  int count() {
    return partitions.length;
  }

  KeyPartition get(int index) {
    return partitions[index];
  }

  /** Returns how many partitions are on disk. */
  int spilled() {
    return spilled;
  }

  /** Returns the filter of all hashes, or null; borrowed. */
  @Nullable BlockedBloomFilter filter() {
    return filter;
  }

  /** Gives the memory of all tables back; nothing can be looked up in them any more. */
  void releaseTables() {
    for (KeyPartition partition : partitions) {
      if (partition instanceof ResidentPartition resident) {
        resident.close();
      }
    }
  }

  /** Gives the memory of the filter back; no probe uses it any more. */
  void releaseFilter() {
    BlockedBloomFilter made = filter;
    if (made != null) {
      filter = null;
      made.close();
    }
  }

  @Override
  public void close() {
    releaseReserve();
    releaseFilter();
    for (KeyPartition partition : partitions) {
      // Some are missing if not even the empty ones had room.
      if (partition != null) {
        partition.close();
      }
    }
  }
}
