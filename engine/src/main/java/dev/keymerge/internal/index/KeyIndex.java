package dev.keymerge.internal.index;

import dev.keymerge.KeyMethod;
import dev.keymerge.MergeException;
import dev.keymerge.internal.key.BlockedBloomFilter;
import dev.keymerge.internal.key.KeyFilter;
import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.key.KeyType;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.plan.KeyLookup;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.OrdinalCursor;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the winning source row of every key and knows which winners no target row has matched.
 *
 * <p>What had no memory is on disk; then keys are looked up in {@link #rounds}, and otherwise with
 * {@link #probe}. Probes may run in any number of threads. The counts of what is pending are right
 * once all probes are done, and all rounds. The owner closes the index after them and before the
 * allocator.
 */
public final class KeyIndex implements KeyLookup, AutoCloseable {
  /**
   * Tables whose slots fit the processor's caches are searched as fast as a filter in front of
   * them.
   */
  private static final long SLOT_BYTES_WORTH_A_FILTER = 2L << 20;

  /** A filter is worth at most this part of the memory that is left. */
  private static final int FREE_PART_FOR_FILTER = 4;

  private final Parts parts;
  private final @Nullable KeyTable[] tables;
  private @Nullable BlockedBloomFilter madeFilter;
  private final AsideStreams aside;
  private Counts counts;

  /**
   * Holds what a builder hands over.
   *
   * @param config what the index was built of
   * @param type how keys are held
   * @param partitions all hash partitions, owned by the index
   * @param winners the rows that stand for their keys, owned by the index
   * @param filter what statistics can be held against
   * @param duplicates collects keys that several rows claim
   * @param allocator for probes
   * @param budget for probes
   */
  record Parts(
      KeyIndexConfig config,
      KeyType type,
      Partitions partitions,
      SourceWinners winners,
      KeyFilter filter,
      DuplicateReport duplicates,
      BufferAllocator allocator,
      MemoryBudget budget) {}

  /**
   * Counts what went into an index.
   *
   * @param sourceRows all rows
   * @param distinctKeys keys that can be matched
   * @param unmatchableRows rows that no target row can match because their key has a null; each
   *     stands for itself
   */
  public record Counts(long sourceRows, long distinctKeys, long unmatchableRows) {
    /**
     * Returns the rows that stand for their keys: at most one per key, and all that cannot be
     * matched.
     */
    public long winners() {
      return distinctKeys + unmatchableRows;
    }

    /** Returns the rows that lost to another row with the same key. */
    public long duplicatesDropped() {
      return sourceRows - winners();
    }
  }

  KeyIndex(Parts parts, Counts counts) {
    this.parts = parts;
    this.counts = counts;
    tables = new KeyTable[parts.partitions().count()];
    for (int index = 0; index < tables.length; index++) {
      tables[index] =
          parts.partitions().get(index) instanceof ResidentPartition resident
              ? resident.table()
              : null;
    }
    aside = new AsideStreams(tables.length);
    madeFilter = parts.partitions().filter() == null ? makeFilter() : null;
  }

  private @Nullable BlockedBloomFilter makeFilter() {
    long slotBytes = 0;
    for (@Nullable KeyTable table : tables) {
      if (table == null) {
        // Its keys are not at hand, and a filter that lacks them would drop matches.
        return null;
      }
      slotBytes += table.slotBytes();
    }
    long bytes = BlockedBloomFilter.bytesFor(counts.distinctKeys());
    if (slotBytes < SLOT_BYTES_WORTH_A_FILTER
        || bytes > parts.budget().freeBytes(MemoryKind.NATIVE) / FREE_PART_FOR_FILTER) {
      return null;
    }
    try {
      BlockedBloomFilter made = BlockedBloomFilter.create(counts.distinctKeys(), parts.allocator());
      for (@Nullable KeyTable table : tables) {
        if (table != null) {
          table.addTo(made);
        }
      }
      return made;
    } catch (MergeException.LimitExceeded refused) {
      // Only speed is lost: someone else took the memory meanwhile.
      return null;
    }
  }

  @Override
  public KeyProbe probe() {
    return new IndexProbe(parts, tables, madeFilter, null);
  }

  /** Returns how many of {@link #partitions} are on disk. */
  public int spilledPartitions() {
    return parts.partitions().spilled();
  }

  /** Returns into how many partitions keys are divided. */
  public int partitions() {
    return tables.length;
  }

  /** Returns what divides keys into partitions, or null if their hashes do. */
  public @Nullable KeyRanges ranges() {
    return parts.config().ranges();
  }

  /** Returns how much is on disk and in memory. */
  public IndexSizes sizes() {
    return IndexSizes.of(parts);
  }

  /**
   * Prepares to look keys up in rounds, because some are on disk; {@link #probe} is not to be used
   * then. The caller closes the rounds before the index.
   *
   * @param method how; {@link KeyMethod#SORTED} only if the index was built with ranges
   * @param cancel asked from time to time
   */
  public KeyRounds rounds(KeyMethod method, Runnable cancel) {
    IndexSpilling spilling = parts.partitions().spilling();
    if (spilling == null || parts.partitions().spilled() == 0) {
      throw new IllegalStateException("All keys are in memory");
    }
    return new KeyRounds(this, parts, spilling, aside, new KeyRounds.Course(method, cancel));
  }

  /**
   * Gives back the memory that looking up needs; all probes are closed, and nothing can be looked
   * up any more. Counts and pending rows stay.
   */
  public void endLookups() {
    BlockedBloomFilter made = madeFilter;
    if (made != null) {
      madeFilter = null;
      made.close();
    }
    parts.partitions().releaseTables();
    parts.partitions().releaseFilter();
  }

  /** Counts keys that were found to be distinct since the index was built. */
  void foundDistinct(long keys) {
    counts =
        new Counts(counts.sourceRows(), counts.distinctKeys() + keys, counts.unmatchableRows());
  }

  /** Returns what rules out files and row groups by their statistics. */
  public KeyFilter filter() {
    return parts.filter();
  }

  /** Returns how keys are held, with the canonical type of each component. */
  public KeyType keyType() {
    return parts.type();
  }

  /** Returns what went into the index; of spilled keys, only what was joined is counted. */
  public Counts counts() {
    return counts;
  }

  /** Returns how many unmarked winners no target row has matched: the rows to insert. */
  public long pendingCount() {
    return parts.winners().pendingUnmarked();
  }

  /** Returns how many winners with the delete marker no target row has matched. */
  public long pendingMarkedCount() {
    return parts.winners().pendingMarked();
  }

  /** Returns how many winners some target row has matched. */
  public long matchedWinners() {
    return counts.winners() - pendingCount() - pendingMarkedCount();
  }

  /** Lists the unmarked winners that no target row has matched; valid until the index is closed. */
  public OrdinalCursor pendingOrdinals() {
    return parts.winners().pending();
  }

  @Override
  public void close() {
    endLookups();
    aside.close();
    parts.partitions().close();
    parts.winners().close();
  }
}
