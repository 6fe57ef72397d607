package dev.keymerge.internal.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.KeyMethod;
import dev.keymerge.MergeException;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.ConstantHash;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpilledIndexTest {
  private static final Field ID = Field.nullable("id", new ArrowType.Int(64, true));
  private static final int BATCH = 4096;

  @TempDir Path directory;

  private final MemoryBudget budget = new MemoryBudget(64 << 20);
  private BudgetedAllocator allocator;
  private SpillStore store;

  @BeforeEach
  void open() {
    allocator = BudgetedAllocator.open(budget, "test");
    store = store(SpillPlace.NO_LIMIT);
  }

  private SpillStore store(long limit) {
    StoragePath home = new LocalStorage().resolve(directory.toString());
    return new SpillStore(new SpillPlace(new LocalStorage(), () -> home, limit), allocator, budget);
  }

  @AfterEach
  void nothingIsLeft() {
    assertThat(store.heldBytes()).isZero();
    store.close();
    allocator.close();
    assertThat(budget.usedBytes()).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  private KeyIndexBuilder builder(
      DuplicatePolicy duplicates, int bits, KeyHash hash, long memoryBytes) {
    KeyIndexConfig config =
        new KeyIndexConfig(List.of(ID), null, duplicates, NullKeyPolicy.MATCH, bits, hash);
    return new KeyIndexBuilder(
        config,
        allocator,
        budget,
        new IndexSpilling(store, memoryBytes, 0, ordinal -> "id=" + ordinal % 1_000));
  }

  private void add(KeyIndexBuilder builder, int rows, LongUnaryOperator key) {
    try (BigIntVector keys = new BigIntVector(ID, allocator)) {
      keys.allocateNew(BATCH);
      for (int from = 0; from < rows; from += BATCH) {
        int count = Math.min(BATCH, rows - from);
        fill(keys, from, count, key);
        builder.add(List.of(keys), null, count, from, RowMarks.NONE);
      }
    }
  }

  private static void fill(BigIntVector keys, long from, int count, LongUnaryOperator key) {
    for (int row = 0; row < count; row++) {
      keys.set(row, key.applyAsLong(from + row));
    }
    keys.setValueCount(count);
  }

  /** Looks up keys 0 to {@code rows} and returns which of them the source has. */
  private BitSet join(KeyIndex index, int rows) {
    BitSet found = new BitSet();
    MatchSink sink =
        new MatchSink() {
          @Override
          public void found(long position, long sourceRow, boolean deleteMarked) {
            assertThat(found.get((int) position)).isFalse();
            found.set((int) position);
          }

          @Override
          public void absent(long position) {
            assertThat(found.get((int) position)).isFalse();
          }
        };
    if (index.spilledPartitions() == 0) {
      lookUp(index.probe(), rows, sink);
      return found;
    }
    try (KeyRounds rounds = index.rounds(KeyMethod.PARTITIONS, () -> {})) {
      assertThat(rounds.next()).isTrue();
      lookUp(rounds.probe(), rows, sink);
      rounds.endRound(sink);
      assertThat(rounds.next()).isFalse();
      rounds.finish(sink, () -> {});
    }
    return found;
  }

  private void lookUp(KeyProbe opened, int rows, MatchSink sink) {
    try (KeyProbe probe = opened;
        BigIntVector keys = new BigIntVector(ID, allocator)) {
      keys.allocateNew(BATCH);
      for (int from = 0; from < rows; from += BATCH) {
        int count = Math.min(BATCH, rows - from);
        fill(keys, from, count, LongUnaryOperator.identity());
        probe.probe(List.of(keys), count, from);
        for (int row = 0; row < count; row++) {
          if (probe.sourceRow(row) >= 0) {
            sink.found(from + row, probe.sourceRow(row), false);
          }
        }
      }
      probe.finish();
    }
  }

  @Test
  void keysThatAllShareAHashAreSortedInsteadOfSearched() {
    int rows = 20_000;
    try (KeyIndexBuilder builder =
        builder(DuplicatePolicy.LAST, 4, ConstantHash.MIXED_BITS, 16 << 20)) {
      add(builder, rows, row -> row * 3 % 15_000);
      try (KeyIndex index = builder.build(() -> {})) {
        assertThat(index.spilledPartitions()).isEqualTo(1);
        BitSet found = join(index, 30_000);
        assertThat(index.counts().distinctKeys()).isEqualTo(5_000);
        assertThat(index.pendingCount()).isZero();
        assertThat(found.cardinality()).isEqualTo(5_000);
        assertThat(found.get(14_997)).isTrue();
        assertThat(found.get(14_998)).isFalse();
      }
    }
  }

  @Test
  void aPartitionMuchLargerThanMemoryIsSplitAgainAndAgain() {
    int rows = 200_000;
    try (KeyIndexBuilder builder =
        builder(DuplicatePolicy.FAIL, 0, new SeededKeyHash(5), 48 << 10)) {
      add(builder, rows, row -> row * 2);
      try (KeyIndex index = builder.build(() -> {})) {
        assertThat(index.spilledPartitions()).isEqualTo(1);
        BitSet found = join(index, rows);
        assertThat(index.counts().distinctKeys()).isEqualTo(rows);
        assertThat(found.cardinality()).isEqualTo(rows / 2);
        assertThat(index.pendingCount()).isEqualTo(rows / 2);
      }
    }
  }

  @Test
  void aKeyRepeatedOverAndOverTakesNoMoreRoomThanOne() {
    int rows = 500_000;
    try (KeyIndexBuilder builder =
        builder(DuplicatePolicy.LAST, 4, new SeededKeyHash(5), 64 << 10)) {
      add(builder, rows, row -> 7);
      try (KeyIndex index = builder.build(() -> {})) {
        assertThat(index.spilledPartitions()).isZero();
        assertThat(index.counts().distinctKeys()).isEqualTo(1);
        assertThat(store.writtenBytes()).isZero();
      }
    }
  }

  @Test
  void theMessageAboutDuplicatesIsTheOneThatMemoryGives() {
    int rows = 40_000;
    String[] messages = new String[2];
    for (int round = 0; round < 2; round++) {
      long memoryBytes = round == 0 ? 16 << 20 : 48 << 10;
      try (KeyIndexBuilder builder =
          builder(DuplicatePolicy.FAIL, 3, new SeededKeyHash(5), memoryBytes)) {
        // Every tenth key comes three times, far apart.
        add(builder, rows, row -> row % 20_000 % 10 == 0 ? row % 20_000 % 1_000 : row + 1_000_000);
        messages[round] =
            catchMessage(
                () -> {
                  try (KeyIndex index = builder.build(() -> {})) {
                    assertThat(index.spilledPartitions()).isPositive();
                    join(index, 0);
                  }
                });
      }
    }
    assertThat(messages[0])
        .startsWith("100 keys have more than one source row")
        .contains("id=0 in");
    assertThat(messages[1]).isEqualTo(messages[0]);
  }

  /** Adds so many keys that they fill much memory, and checks them in the end. */
  private void whileTheSourceIsRead(Consumer<KeyIndexBuilder> event, int least, int most) {
    int rows = 200_000;
    try (KeyIndexBuilder builder =
        builder(DuplicatePolicy.LAST, 4, new SeededKeyHash(5), 64 << 20)) {
      add(builder, rows, LongUnaryOperator.identity());
      assertThat(store.writtenBytes()).isZero();
      event.accept(builder);
      try (KeyIndex index = builder.build(() -> {})) {
        assertThat(index.spilledPartitions()).isBetween(least, most);
        assertThat(index.sizes().filtered()).isEqualTo(index.spilledPartitions() > 0);
        assertThat(join(index, 2 * rows).cardinality()).isEqualTo(rows);
        assertThat(index.counts().distinctKeys()).isEqualTo(rows);
      }
    }
  }

  @Test
  void keysMakeRoomForWhoeverReadsTheSource() {
    whileTheSourceIsRead(
        builder -> {
          long wanted = budget.freeBytes() + (1 << 20);
          try (ArrowBuf batch = allocator.buffer(wanted)) {
            assertThat(batch.capacity()).isGreaterThanOrEqualTo(wanted);
          }
        },
        2,
        8);
  }

  @Test
  void keysMakeRoomForPagesThatTheSamePoolPays() {
    whileTheSourceIsRead(
        builder -> {
          try (MemoryReservation page = budget.open("page", MemoryKind.HEAP)) {
            page.grow(budget.freeBytes() + (1 << 20));
          }
        },
        2,
        8);
  }

  @Test
  void aFilterForWhichThereWasNoRoomIsMadeInTheEnd() {
    whileTheSourceIsRead(
        builder -> {
          try (MemoryReservation all = budget.open("almost all that is left", MemoryKind.NATIVE);
              ArrowBuf batch = allocator.buffer(moreThanIsLeftBeside(all))) {
            assertThat(store.writtenBytes()).isPositive();
            assertThat(batch.capacity()).isPositive();
          }
        },
        1,
        2);
  }

  private long moreThanIsLeftBeside(MemoryReservation all) {
    all.grow(budget.freeBytes() - (8 << 10));
    return 64 << 10;
  }

  @Test
  void scarceMemorySendsAsManyKeysToDiskAsAreAskedFor() {
    whileTheSourceIsRead(
        builder -> {
          long before = budget.usedBytes();
          assertThat(budget.relieve(MemoryKind.NATIVE, 2 << 20)).isTrue();
          assertThat(budget.usedBytes()).isLessThanOrEqualTo(before - (2 << 20));
        },
        4,
        12);
  }

  @Test
  void otherThreadsCannotSendKeysToDisk() {
    whileTheSourceIsRead(
        builder ->
            assertThat(
                    CompletableFuture.supplyAsync(() -> budget.relieve(MemoryKind.NATIVE, 2 << 20))
                        .join())
                .isFalse(),
        0,
        0);
  }

  @Test
  void keysStayWhereTheyAreIfTheDiskHasNoRoomForThem() {
    store.close();
    store = store(100_000);
    whileTheSourceIsRead(
        builder -> {
          long before = budget.usedBytes();
          assertThat(budget.relieve(MemoryKind.NATIVE, 2 << 20)).isFalse();
          assertThat(budget.usedBytes()).isEqualTo(before);
        },
        0,
        0);
  }

  @Test
  void keysAreOfNoUseToAPoolOfItsOwn() {
    MemoryBudget pools = new MemoryBudget(PoolLimits.separate(8 << 20, 32 << 20));
    try (BudgetedAllocator buffers = BudgetedAllocator.open(pools, "test");
        SpillStore disk =
            new SpillStore(
                new SpillPlace(
                    new LocalStorage(),
                    () -> new LocalStorage().resolve(directory.toString()),
                    SpillPlace.NO_LIMIT),
                buffers,
                pools);
        KeyIndexBuilder builder =
            new KeyIndexBuilder(
                new KeyIndexConfig(
                    List.of(ID),
                    null,
                    DuplicatePolicy.LAST,
                    NullKeyPolicy.MATCH,
                    2,
                    new SeededKeyHash(5)),
                buffers,
                pools,
                new IndexSpilling(disk, 32 << 20, 0, ordinal -> ""));
        MemoryReservation page = pools.open("page", MemoryKind.HEAP)) {
      add(builder, 100_000, LongUnaryOperator.identity());
      assertThatThrownBy(() -> page.grow(9 << 20)).isInstanceOf(MergeException.LimitExceeded.class);
      assertThat(disk.writtenBytes()).isZero();
    }
  }

  private static String catchMessage(Runnable action) {
    try {
      action.run();
    } catch (MergeException.BadData failure) {
      return failure.getMessage();
    }
    throw new AssertionError("Nothing failed");
  }

  @Test
  void keysThatCertainlyHaveNoRoomAreRefusedBeforeAnyIsRead() {
    store.close();
    store = store(1 << 20);
    long memoryBytes = 1 << 20;
    // A number takes 28 bytes in memory and 16 on disk.
    long most = memoryBytes / 28 + (1 << 20) / 16;
    for (DuplicatePolicy duplicates : DuplicatePolicy.values()) {
      for (NullKeyPolicy nullKeys : NullKeyPolicy.values()) {
        KeyIndexConfig config =
            new KeyIndexConfig(List.of(ID), null, duplicates, nullKeys, 2, new SeededKeyHash(5));
        IndexSpilling fits = new IndexSpilling(store, memoryBytes, most, ordinal -> "");
        new KeyIndexBuilder(config, allocator, budget, fits).close();
        IndexSpilling tooMuch = new IndexSpilling(store, memoryBytes, most + 1, ordinal -> "");
        if (duplicates == DuplicatePolicy.FAIL && nullKeys != NullKeyPolicy.NEVER) {
          assertThatThrownBy(() -> new KeyIndexBuilder(config, allocator, budget, tooMuch))
              .isInstanceOf(MergeException.LimitExceeded.class)
              .hasMessageContaining("1.0 MiB");
        } else {
          // They may be fewer than rows.
          new KeyIndexBuilder(config, allocator, budget, tooMuch).close();
        }
      }
    }
    assertThat(store.writtenBytes()).isZero();
  }

  @Test
  void aSpillLimitThatIsTooLowEndsTheMergeByItsName() {
    store.close();
    store = store(100_000);
    try (KeyIndexBuilder builder =
        builder(DuplicatePolicy.LAST, 2, new SeededKeyHash(5), 32 << 10)) {
      assertThatThrownBy(() -> add(builder, 100_000, row -> row))
          .isInstanceOfSatisfying(
              MergeException.LimitExceeded.class,
              refused -> assertThat(refused.remedy()).contains("--spill-limit"));
    }
  }
}
