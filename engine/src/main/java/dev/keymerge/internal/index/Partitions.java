package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import dev.keymerge.internal.key.BlockedBloomFilter;
import dev.keymerge.internal.key.KeyBatch;
import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
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
  private final KeyIndexConfig config;
  private final PartitionMaker maker;
  private final BufferAllocator allocator;
  private final MemoryBudget budget;
  private final @Nullable IndexSpilling spilling;
  private final IndexMemory memory;
  private final KeyPartition[] partitions;
  private final HashFilter filter;
  private int spilled;
  private @Nullable ArrowBuf reserve;
  private long[] batchHashes = new long[0];
  private int[] batchRanges = new int[0];
  private int batchRows;
  private boolean diskRefused;

  /**
   * Creates empty partitions.
   *
   * @throws MergeException.LimitExceeded if the budget refuses
   */
  Partitions(
      KeyIndexConfig config,
      PartitionMaker maker,
      BufferAllocator allocator,
      MemoryBudget budget,
      @Nullable IndexSpilling spilling) {
    this.config = config;
    this.maker = maker;
    this.allocator = allocator;
    this.budget = budget;
    this.spilling = spilling;
    this.filter = new HashFilter(maker, allocator);
    this.partitions = new KeyPartition[config.partitions()];
    this.memory =
        new IndexMemory(allocator, spilling == null ? Long.MAX_VALUE : spilling.memoryBytes());
    try {
      for (int index = 0; index < partitions.length; index++) {
        partitions[index] = maker.empty(memory);
      }
      if (spilling != null) {
        reserve = allocator.buffer(spilling.blockBytes(partitions.length));
      }
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
    filter.add(hashes, batchRows);
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
    for (int index = 0; allowed != null && index < partitions.length; index++) {
      if (partitions[index] instanceof ResidentPartition resident && resident.table().crowded()) {
        spill(index, resident, allowed);
      }
    }
    batchRows = 0;
  }

  private void spillLargest(MergeException.LimitExceeded refused) {
    IndexSpilling allowed = spilling;
    int largest = largest();
    if (allowed == null
        || largest < 0
        || !(partitions[largest] instanceof ResidentPartition resident)) {
      throw refused;
    }
    spill(largest, resident, allowed);
  }

  /** Returns which partition in memory takes most of it, or -1 if none is there. */
  private int largest() {
    int largest = -1;
    long largestBytes = 0;
    for (int index = 0; index < partitions.length; index++) {
      if (partitions[index] instanceof ResidentPartition resident
          && resident.bytes() > largestBytes) {
        largest = index;
        largestBytes = resident.bytes();
      }
    }
    return largest;
  }

  private SpilledPartition spill(int index, ResidentPartition resident, IndexSpilling allowed) {
    if (spilled == 0) {
      filter.begin(allowed, partitions, batchHashes, batchRows);
    }
    releaseReserve();
    SpilledPartition onDisk = copy(resident, allowed);
    replace(index, resident, onDisk);
    refillReserve();
    return onDisk;
  }

  /**
   * Returns whether {@link #shed} could give memory back: partitions are there that hold more than
   * the buffer that each of them may need as soon as it is on disk.
   */
  boolean canShed() {
    IndexSpilling allowed = spilling;
    int largest = largest();
    return allowed != null
        && !diskRefused
        && largest >= 0
        && partitions[largest] instanceof ResidentPartition resident
        && resident.bytes() > allowed.blockBytes(partitions.length);
  }

  /**
   * Sends partitions to disk, the largest first, until {@code wanted} bytes of native memory have
   * been given back or no partition is worth it any more. Not while a row is added.
   *
   * @return how many bytes were given back, less what a filter takes from now on
   */
  long shed(long wanted) {
    IndexSpilling allowed = spilling;
    long before = budget.usedBytes(MemoryKind.NATIVE);
    long freed = 0;
    while (allowed != null && freed < wanted && canShed()) {
      int largest = largest();
      if (partitions[largest] instanceof ResidentPartition resident) {
        try {
          spill(largest, resident, allowed).pause();
        } catch (MergeException.LimitExceeded refused) {
          // Whoever asks for memory has to do without, now and later.
          diskRefused = true;
          keepWhatIsThere();
        }
      }
      freed = before - budget.usedBytes(MemoryKind.NATIVE);
    }
    return Math.max(0, freed);
  }

  private void keepWhatIsThere() {
    if (spilled == 0) {
      filter.close();
    }
    releaseReserve();
    refillReserve();
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

  /** Keeps a block's worth of memory, without which nothing could be sent to disk any more. */
  private void refillReserve() {
    IndexSpilling allowed = spilling;
    if (allowed != null && spilled < partitions.length) {
      try {
        reserve = allocator.buffer(allowed.blockBytes(partitions.length));
      } catch (MergeException.LimitExceeded refused) {
        // The next partition that must go has to find a block elsewhere.
        reserve = null;
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

  /**
   * Ends adding.
   *
   * @param cancel asked from time to time
   */
  void finish(Runnable cancel) {
    releaseReserve();
    batchHashes = new long[0];
    batchRanges = new int[0];
    batchRows = 0;
    for (KeyPartition partition : partitions) {
      if (partition instanceof SpilledPartition onDisk) {
        onDisk.finish();
      }
    }
    IndexSpilling allowed = spilling;
    if (allowed != null && spilled > 0) {
      filter.complete(allowed, partitions, budget, cancel);
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
    return filter.filter();
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
    filter.close();
  }

  @Override
  public void close() {
    releaseReserve();
    filter.close();
    for (KeyPartition partition : partitions) {
      // Some are missing if not even the empty ones had room.
      if (partition != null) {
        partition.close();
      }
    }
  }
}
