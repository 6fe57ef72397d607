package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import dev.keymerge.internal.key.BlockedBloomFilter;
import dev.keymerge.internal.key.KeyFilter;
import dev.keymerge.internal.key.KeyType;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.plan.KeyLookup;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.OrdinalCursor;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Finds the winning source row of every key and knows which winners no target row has matched.
 *
 * <p>Probes may run in any number of threads. The counts of what is pending are right once all
 * probes are done. The owner closes the index after its probes and before the allocator.
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
  private final Counts counts;
  private final KeyTable[] tables;
  private final @Nullable BlockedBloomFilter bloom;

  /**
   * Holds what a builder hands over.
   *
   * @param config what the index was built of
   * @param type how keys are held
   * @param partitions all hash partitions, owned by the index
   * @param winners the rows that stand for their keys, owned by the index
   * @param filter what statistics can be held against
   * @param allocator for probes
   * @param budget for probes
   */
  record Parts(
      KeyIndexConfig config,
      KeyType type,
      List<KeyPartition> partitions,
      SourceWinners winners,
      KeyFilter filter,
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
    tables =
        parts.partitions().stream()
            .map(partition -> ((ResidentPartition) partition).table())
            .toArray(KeyTable[]::new);
    bloom = makeFilter();
  }

  private @Nullable BlockedBloomFilter makeFilter() {
    long slotBytes = 0;
    for (KeyTable table : tables) {
      slotBytes += table.slotBytes();
    }
    long bytes = BlockedBloomFilter.bytesFor(counts.distinctKeys());
    if (slotBytes < SLOT_BYTES_WORTH_A_FILTER
        || bytes > parts.budget().freeBytes(MemoryKind.NATIVE) / FREE_PART_FOR_FILTER) {
      return null;
    }
    try {
      BlockedBloomFilter made = BlockedBloomFilter.create(counts.distinctKeys(), parts.allocator());
      for (KeyTable table : tables) {
        table.addTo(made);
      }
      return made;
    } catch (MergeException.LimitExceeded refused) {
      // Only speed is lost: someone else took the memory meanwhile.
      return null;
    }
  }

  @Override
  public KeyProbe probe() {
    return new IndexProbe(parts, tables, bloom);
  }

  /** Returns what rules out files and row groups by their statistics. */
  public KeyFilter filter() {
    return parts.filter();
  }

  /** Returns how keys are held, with the canonical type of each component. */
  public KeyType keyType() {
    return parts.type();
  }

  /** Returns what went into the index. */
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
    if (bloom != null) {
      bloom.close();
    }
    parts.partitions().forEach(KeyPartition::close);
    parts.winners().close();
  }
}
