package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import dev.keymerge.internal.key.BlockedBloomFilter;
import dev.keymerge.internal.memory.MemoryBudget;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a filter of the hashes of all keys, from the moment on when something of an index goes to
 * disk, so that few target rows have to follow there.
 *
 * <p>It only saves time: if none of use has room, there is none. Not thread-safe; the owner closes
 * it after those who look up, and may do so more than once.
 */
final class HashFilter implements AutoCloseable {
  /** A filter may take this part of what tables may. */
  private static final int PART_OF_TABLES = 4;

  /** Below so many bits per key of the twelve that are usual, a filter lets too much pass. */
  private static final int LEAST_BITS = 5;

  private static final int USUAL_BITS = 12;

  private final PartitionMaker maker;
  private final BufferAllocator allocator;
  private @Nullable BlockedBloomFilter filter;

  HashFilter(PartitionMaker maker, BufferAllocator allocator) {
    this.maker = maker;
    this.allocator = allocator;
  }

  /**
   * Makes the filter of what is in memory and of a batch of which some may be there; nothing is on
   * disk yet.
   */
  void begin(IndexSpilling allowed, KeyPartition[] partitions, long[] hashes, int rows) {
    BlockedBloomFilter made = empty(allowed, rows + rows(partitions));
    if (made != null) {
      filter = made;
      add(hashes, rows);
      addTables(made, partitions);
    }
  }

  /** Adds a batch if there is a filter. */
  void add(long[] hashes, int rows) {
    BlockedBloomFilter made = filter;
    if (made != null) {
      for (int row = 0; row < rows; row++) {
        made.add(hashes[row]);
      }
    }
  }

  /**
   * Makes a filter for which there was no room when partitions went to disk, when all rows are
   * there: those on disk are read once more, which costs less than what would follow them to the
   * disk without a filter.
   *
   * @param budget charged while rows are read
   * @param cancel asked from time to time
   */
  void complete(
      IndexSpilling allowed, KeyPartition[] partitions, MemoryBudget budget, Runnable cancel) {
    BlockedBloomFilter made = filter == null ? empty(allowed, rows(partitions)) : null;
    if (made == null) {
      return;
    }
    try {
      addTables(made, partitions);
      for (KeyPartition partition : partitions) {
        if (partition instanceof SpilledPartition onDisk) {
          addRows(made, onDisk, budget, cancel);
        }
      }
      filter = made;
    } catch (MergeException.LimitExceeded refused) {
      // Reading needs memory, too, or none is left for the merge, which others will find out.
      made.close();
    } catch (RuntimeException | Error failure) {
      made.close();
      throw failure;
    }
  }

  private static long rows(KeyPartition[] partitions) {
    long rows = 0;
    for (KeyPartition partition : partitions) {
      rows += partition instanceof SpilledPartition onDisk ? onDisk.rows() : partition.keys();
    }
    return rows;
  }

  /** Returns an empty filter, or null if one of use has no room. */
  private @Nullable BlockedBloomFilter empty(IndexSpilling allowed, long leastRows) {
    long keys = Math.max(allowed.expectedRows(), leastRows);
    long room = allowed.memoryBytes() / PART_OF_TABLES * Byte.SIZE / USUAL_BITS;
    if (room < keys * LEAST_BITS / USUAL_BITS) {
      return null;
    }
    try {
      return BlockedBloomFilter.create(Math.min(keys, room), allocator);
    } catch (MergeException.LimitExceeded refused) {
      return null;
    }
  }

  private static void addTables(BlockedBloomFilter made, KeyPartition[] partitions) {
    for (KeyPartition partition : partitions) {
      if (partition instanceof ResidentPartition resident) {
        resident.table().addTo(made);
      }
    }
  }

  private void addRows(
      BlockedBloomFilter made, SpilledPartition onDisk, MemoryBudget budget, Runnable cancel) {
    try (SpilledRows rows =
        new SpilledRows(maker.format(), maker.config().hash(), onDisk.stream(), budget)) {
      while (rows.next()) {
        cancel.run();
        long[] hashes = rows.hashes();
        for (int row = 0; row < rows.rows(); row++) {
          made.add(hashes[row]);
        }
      }
    }
  }

  /** Returns the filter, or null if there is none; borrowed. */
  @Nullable BlockedBloomFilter filter() {
    return filter;
  }

  @Override
  public void close() {
    BlockedBloomFilter made = filter;
    if (made != null) {
      filter = null;
      made.close();
    }
  }
}
