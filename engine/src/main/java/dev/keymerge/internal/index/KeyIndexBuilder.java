package dev.keymerge.internal.index;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.MergeException;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.CanonicalColumn;
import dev.keymerge.internal.key.CanonicalType;
import dev.keymerge.internal.key.KeyBatch;
import dev.keymerge.internal.key.KeyFilterBuilder;
import dev.keymerge.internal.key.KeyText;
import dev.keymerge.internal.key.KeyType;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReclaimer;
import dev.keymerge.internal.memory.MemoryReservation;
import java.util.List;
import java.util.StringJoiner;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Takes in the keys of the source batch by batch and makes the index of them.
 *
 * <p>Add every batch in source order, then {@link #build} once; then close. After a failure only
 * closing is allowed. What the index needs later moves to it; everything else goes when the builder
 * is closed.
 *
 * <p>Not thread-safe. The allocator must charge the same budget and outlive both builder and index.
 */
public final class KeyIndexBuilder implements AutoCloseable {
  private static final String OWNER = "key index";

  /** As many rows as a core's own caches hold the slots of. */
  private static final int ADDED_AT_ONCE = 512;

  /** Of the heap, pages and footers need the most; more than this part of it is not for winners. */
  private static final int PART_FOR_WINNERS = 4;

  private static final KeyTexts NO_TEXTS = ordinal -> "the key";

  private final KeyIndexConfig config;
  private final BufferAllocator allocator;
  private final MemoryBudget budget;
  private final KeyType type;
  private final KeyBatch keys;
  private final MemoryReservation batchMemory;
  private final @Nullable CanonicalColumn order;
  private final KeyFilterBuilder filter;
  private final TiedRows tiedRows = new TiedRows();
  private final NullKeys nullKeys = new NullKeys();
  private final SourceWinners winners;
  private final Partitions partitions;
  private final MemoryReclaimer.Registration shedding;

  private long[] hashes = new long[0];
  private long[] states = new long[0];
  private long rows;
  private boolean handedOver;

  /** Whether a row may be on its way into a partition, so that none may go to disk unasked. */
  private boolean adding;

  /** Keeps what was read only to bring it near, so that the reads are not optimised away. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  /**
   * Creates a builder of an index that stays in memory.
   *
   * @throws MergeException.InvalidRequest if a key or order column has values that cannot be
   *     compared
   * @throws MergeException.LimitExceeded if the budget refuses the empty partitions
   */
  public KeyIndexBuilder(KeyIndexConfig config, BufferAllocator allocator, MemoryBudget budget) {
    this(config, allocator, budget, null);
  }

  /**
   * Creates a builder.
   *
   * @param spilling where partitions go for which there is no memory, or null to refuse them
   * @throws MergeException.InvalidRequest if a key or order column has values that cannot be
   *     compared
   * @throws MergeException.LimitExceeded if the budget refuses the empty partitions, or the disk
   *     has no room for what certainly must go there
   */
  public KeyIndexBuilder(
      KeyIndexConfig config,
      BufferAllocator allocator,
      MemoryBudget budget,
      @Nullable IndexSpilling spilling) {
    this.config = config;
    this.allocator = allocator;
    this.budget = budget;
    type = KeyType.of(config.keys());
    Field orderField = config.order();
    if (orderField != null) {
      CanonicalType.of(orderField);
    }
    if (spilling != null) {
      spilling.requireRoom(config, type.shape());
    }
    batchMemory = budget.open(OWNER);
    order = orderField == null ? null : new CanonicalColumn(orderField, allocator, batchMemory);
    keys = new KeyBatch(type, allocator, budget.open(OWNER));
    filter = new KeyFilterBuilder(type, config.nullKeys());
    winners =
        new SourceWinners(
            budget.open(OWNER),
            spilling == null ? null : spilling.store(),
            budget.limitBytes(MemoryKind.HEAP) / PART_FOR_WINNERS);
    PartitionMaker maker = new PartitionMaker(config, type, winners, tiedRows);
    try {
      partitions = new Partitions(config, maker, allocator, budget, spilling);
    } catch (RuntimeException | Error failure) {
      keys.close();
      closeBatch();
      winners.close();
      throw failure;
    }
    shedding = budget.onPressure(new Shedding(Thread.currentThread()));
  }

  /**
   * Sends partitions to disk if memory is short while the source is read: those who read it get
   * none, or none is left outside of the budget's view.
   *
   * <p>Only for the thread that adds rows, and only while it adds none: nobody else knows that no
   * row is on its way into a partition. Whoever else asks meanwhile gets nothing.
   */
  private final class Shedding implements MemoryReclaimer {
    private final Thread owner;

    Shedding(Thread owner) {
      this.owner = owner;
    }

    @Override
    public long reclaimableBytes(MemoryKind kind) {
      // The least offer is asked for last: others only keep what saves time, and at no cost.
      return mayShed(kind) && partitions.canShed() ? 1 : 0;
    }

    @Override
    public long reclaim(MemoryKind kind, long bytes) {
      return mayShed(kind) ? partitions.shed(bytes) : 0;
    }

    private boolean mayShed(MemoryKind kind) {
      return Thread.currentThread().equals(owner) && !adding && helps(kind);
    }

    /** Keys are native; for the heap, that helps only if the sum of both is what is exhausted. */
    private boolean helps(MemoryKind kind) {
      return kind == MemoryKind.NATIVE || budget.freeBytes(kind) >= budget.freeBytes();
    }
  }

  /**
   * Takes in the next batch.
   *
   * @param keyVectors the key columns in key order
   * @param orderVector the order column, or null if the configuration has none
   * @param rowCount how many rows
   * @param firstOrdinal ordinal of row 0: how many rows were added before
   * @param marks which rows carry the delete marker
   * @throws MergeException.LimitExceeded if the budget refuses
   */
  public void add(
      List<FieldVector> keyVectors,
      @Nullable FieldVector orderVector,
      int rowCount,
      long firstOrdinal,
      RowMarks marks) {
    checkOrdinal(firstOrdinal, rowCount);
    ensureRows(rowCount, marks);
    keys.load(keyVectors, rowCount);
    if (order != null) {
      if (orderVector == null) {
        throw new IllegalArgumentException("The batch lacks its order column");
      }
      order.load(orderVector, rowCount);
    }
    keys.hash(config.hash(), hashes);
    filter.add(keys);
    loadStates(rowCount, firstOrdinal, marks);
    SourceRows batch = new SourceRows(keys, order, states, row -> KeyText.of(keyVectors, row));
    partitions.beginBatch(keys, hashes, batchMemory);
    adding = true;
    for (int from = 0; from < rowCount; from += ADDED_AT_ONCE) {
      addRows(batch, from, Math.min(rowCount, from + ADDED_AT_ONCE));
    }
    partitions.endBatch();
    adding = false;
    rows += rowCount;
  }

  private void loadStates(int rowCount, long firstOrdinal, RowMarks marks) {
    int[] nulls = keys.nulls();
    boolean orderNulls = order != null && order.hasNulls();
    for (int row = 0; row < rowCount; row++) {
      states[row] =
          RowState.of(
              firstOrdinal + row,
              nulls[row],
              marks.marked(row),
              orderNulls && order != null && order.isNull(row));
    }
  }

  private void addRows(SourceRows batch, int from, int to) {
    for (int row = from; row < to; row++) {
      touched += partitions.touch(row);
    }
    int[] nulls = keys.nulls();
    boolean nullsApart = config.nullKeys() != NullKeyPolicy.MATCH;
    for (int row = from; row < to; row++) {
      if (nullsApart && nulls[row] != 0) {
        addNullKey(RowState.ordinal(states[row]), RowState.isMarked(states[row]));
      } else {
        partitions.add(batch, row);
      }
    }
  }

  private void checkOrdinal(long firstOrdinal, int rowCount) {
    if (firstOrdinal != rows) {
      throw new IllegalArgumentException(
          "The next source row is " + rows + " but the batch starts at " + firstOrdinal);
    }
    if (rows + rowCount > RowState.MOST_ROWS) {
      throw new MergeException.LimitExceeded(
          "The source has more than " + RowState.MOST_ROWS + " rows",
          "Split the source and merge its parts one after the other.");
    }
  }

  private void ensureRows(int rowCount, RowMarks marks) {
    if (marks == RowMarks.NONE) {
      winners.ensureRows(rows + rowCount);
    } else {
      winners.ensureMarkedRows(rows + rowCount);
    }
    if (rowCount > hashes.length) {
      batchMemory.grow((long) (rowCount - hashes.length) * 2 * Long.BYTES);
      hashes = new long[rowCount];
      states = new long[rowCount];
    }
  }

  private void addNullKey(long ordinal, boolean marked) {
    nullKeys.add(ordinal);
    winners.wins(ordinal, marked);
  }

  /**
   * Makes the index of all rows added. The caller closes it.
   *
   * @param cancel asked from time to time
   * @throws MergeException.BadData if the source has null keys or duplicates that the policies do
   *     not allow; of duplicates of spilled keys, joining tells
   * @throws MergeException.LimitExceeded if the budget refuses
   */
  public KeyIndex build(Runnable cancel) {
    shedding.close();
    if (config.nullKeys() == NullKeyPolicy.FAIL && nullKeys.count() > 0) {
      StringJoiner columns = new StringJoiner(", ");
      config.keys().forEach(field -> columns.add(field.getName()));
      throw nullKeys.failure(columns.toString());
    }
    IndexSpilling spilling = partitions.spilling();
    DuplicateReport duplicates =
        new DuplicateReport(
            config.order(), tiedRows, spilling == null ? NO_TEXTS : spilling.texts());
    partitions.finish(cancel);
    long distinct = 0;
    for (int index = 0; index < partitions.count(); index++) {
      if (partitions.get(index) instanceof ResidentPartition resident) {
        distinct += resident.keys();
        if (config.duplicates() == DuplicatePolicy.FAIL) {
          duplicates.collect(resident.table());
        }
      }
    }
    if (partitions.spilled() == 0) {
      duplicates.check();
    }
    KeyIndex.Parts parts =
        new KeyIndex.Parts(
            config, type, partitions, winners, filter.build(), duplicates, allocator, budget);
    KeyIndex index = new KeyIndex(parts, new KeyIndex.Counts(rows, distinct, nullKeys.count()));
    handedOver = true;
    return index;
  }

  @Override
  public void close() {
    shedding.close();
    keys.close();
    closeBatch();
    if (!handedOver) {
      handedOver = true;
      partitions.close();
      winners.close();
    }
  }

  private void closeBatch() {
    if (order != null) {
      order.close();
    }
    batchMemory.close();
  }
}
