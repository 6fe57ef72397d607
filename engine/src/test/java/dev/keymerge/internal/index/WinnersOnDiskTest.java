package dev.keymerge.internal.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.KeyMethod;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Builds an index of so many rows that the bits of the first ones are on disk when rows with the
 * same keys come, and lets memory be short at just that moment.
 */
class WinnersOnDiskTest {
  private static final Field ID = Field.nullable("id", new ArrowType.Int(64, true));
  private static final int BATCH = 8192;

  /** A little more than the rows whose bits go to disk at once, for which a megabyte is kept. */
  private static final int ROWS_BETWEEN = 9_000_000;

  private static final int KEYS = 2 * BATCH;
  private static final long KEY_BETWEEN = 1L << 40;

  @TempDir Path directory;

  private final MemoryBudget budget = new MemoryBudget(PoolLimits.separate(4 << 20, 32 << 20));

  @Test
  void aRowThatIsRefusedInTheMiddleWinsOrLosesAllTheSame() {
    StoragePath home = new LocalStorage().resolve(directory.toString());
    SpillPlace place = new SpillPlace(new LocalStorage(), () -> home, SpillPlace.NO_LIMIT);
    try (BudgetedAllocator allocator = BudgetedAllocator.open(budget, "test");
        SpillStore store = new SpillStore(place, allocator, budget);
        KeyIndexBuilder builder =
            new KeyIndexBuilder(
                new KeyIndexConfig(
                    List.of(ID),
                    null,
                    DuplicatePolicy.LAST,
                    NullKeyPolicy.MATCH,
                    4,
                    new SeededKeyHash(1)),
                allocator,
                budget,
                new IndexSpilling(store, 32 << 20, 0, ordinal -> "a key"));
        BigIntVector keys = new BigIntVector(ID, allocator);
        MemoryReservation others = budget.open("others", MemoryKind.NATIVE)) {
      keys.allocateNew(BATCH);
      long rows = addKeys(builder, keys, 0);
      while (rows < KEYS + ROWS_BETWEEN) {
        rows = add(builder, keys, rows, KEY_BETWEEN, 0);
      }
      assertThat(store.writtenBytes()).as("bits on disk").isPositive();
      others.grow(budget.freeBytes(MemoryKind.NATIVE));
      rows = addKeys(builder, keys, rows);
      others.close();
      try (KeyIndex index = builder.build(() -> {})) {
        assertThat(index.spilledPartitions()).as("partitions that made room").isPositive();
        settle(index);
        // The last row of each key wins, and the keys came last in the order of numbers.
        long[] expected = LongStream.range(rows - KEYS - 1, rows).toArray();
        assertThat(index.counts().distinctKeys()).isEqualTo(KEYS + 1);
        assertThat(index.pendingCount()).isEqualTo(KEYS + 1);
        assertThat(pending(index)).isEqualTo(expected);
      }
    }
    assertThat(budget.usedBytes()).isZero();
  }

  private static long addKeys(KeyIndexBuilder builder, BigIntVector keys, long firstRow) {
    long rows = firstRow;
    for (long key = 0; key < KEYS; key += BATCH) {
      rows = add(builder, keys, rows, key, 1);
    }
    return rows;
  }

  private static long add(
      KeyIndexBuilder builder, BigIntVector keys, long firstRow, long firstKey, int step) {
    for (int row = 0; row < BATCH; row++) {
      keys.set(row, firstKey + (long) row * step);
    }
    keys.setValueCount(BATCH);
    builder.add(List.of(keys), null, BATCH, firstRow, RowMarks.NONE);
    return firstRow + BATCH;
  }

  private static void settle(KeyIndex index) {
    MatchSink nothing =
        new MatchSink() {
          @Override
          public void found(long position, long sourceRow, boolean deleteMarked) {
            throw new AssertionError("There is no target");
          }

          @Override
          public void absent(long position) {
            throw new AssertionError("There is no target");
          }
        };
    try (KeyRounds rounds = index.rounds(KeyMethod.PARTITIONS, () -> {})) {
      assertThat(rounds.next()).isTrue();
      rounds.endRound(nothing);
      assertThat(rounds.next()).isFalse();
      rounds.finish(nothing, () -> {});
    }
  }

  private static long[] pending(KeyIndex index) {
    long[] pending = new long[KEYS + 2];
    OrdinalCursor cursor = index.pendingOrdinals();
    int count = 0;
    long[] block = new long[1000];
    for (int read = cursor.next(block); read > 0; read = cursor.next(block)) {
      System.arraycopy(block, 0, pending, count, read);
      count += read;
    }
    return Arrays.copyOf(pending, count);
  }
}
