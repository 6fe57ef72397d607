package dev.keymerge.internal.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowBitmapTest {
  private static final int SEGMENT_ROWS = 1 << 16;
  private static final long SEGMENT_BYTES = SEGMENT_ROWS / Byte.SIZE;
  private static final int ROWS = 20 * SEGMENT_ROWS - 100;

  @TempDir Path directory;

  private final MemoryBudget budget = new MemoryBudget(PoolLimits.separate(2 << 20, 2 << 20));
  private final MemoryReservation reservation = budget.open("bits");
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
    reservation.close();
    assertThat(store.heldBytes()).isZero();
    store.close();
    allocator.close();
    assertThat(budget.usedBytes()).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  private RowBitmap bitmap(long mostBytes) {
    return new RowBitmap(reservation, new RowBitmap.Room(store, mostBytes, 2));
  }

  private static BitSet listed(RowBitmap bits) {
    BitSet listed = new BitSet();
    OrdinalCursor cursor = bits.cursor();
    long[] block = new long[1000];
    long last = -1;
    for (int count = cursor.next(block); count > 0; count = cursor.next(block)) {
      for (int index = 0; index < count; index++) {
        assertThat(block[index]).isGreaterThan(last);
        last = block[index];
        listed.set((int) last);
      }
    }
    return listed;
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 5, 100})
  void knowsTheLastThatWasSaidOfEachRowWhereverItIs(int mostSegments) {
    Random random = new Random(mostSegments);
    BitSet expected = new BitSet();
    try (RowBitmap bits = bitmap(mostSegments * SEGMENT_BYTES)) {
      for (int row = 0; row < ROWS; row++) {
        bits.ensureRows(row + 1L);
        bits.set(row);
        expected.set(row);
        if (random.nextInt(8) == 0) {
          int other = random.nextInt(row + 1);
          bits.clear(other);
          expected.clear(other);
        }
        if (random.nextInt(100) == 0) {
          int other = random.nextInt(row + 1);
          bits.set(other);
          expected.set(other);
        }
      }
      assertThat(bits.count()).isEqualTo(expected.cardinality());
      assertThat(listed(bits)).isEqualTo(expected);
      // What is said after a count counts too, also of rows that were changed before.
      for (int change = 0; change < 10_000; change++) {
        int row = random.nextInt(ROWS);
        bits.clearShared(row);
        expected.clear(row);
      }
      assertThat(listed(bits)).isEqualTo(expected);
      assertThat(bits.count()).isEqualTo(expected.cardinality());
      assertThat(store.heldBytes() > 0).isEqualTo(mostSegments < 20);
      assertThat(reservation.bytes())
          .isLessThanOrEqualTo(Math.max(mostSegments, 5) * SEGMENT_BYTES);
    }
  }

  @Test
  void manyThreadsClearAtOnce() {
    int threads = 4;
    try (RowBitmap bits = bitmap(5 * SEGMENT_BYTES)) {
      bits.ensureRows(ROWS);
      for (int row = 0; row < ROWS; row++) {
        bits.set(row);
      }
      List<CompletableFuture<Void>> clearing = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int first = thread;
        clearing.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int row = first; row < ROWS; row += threads + 1) {
                    bits.clearShared(row);
                  }
                }));
      }
      clearing.forEach(CompletableFuture::join);
      BitSet expected = new BitSet();
      for (int row = threads; row < ROWS; row += threads + 1) {
        expected.set(row);
      }
      assertThat(listed(bits)).isEqualTo(expected);
    }
  }

  @Test
  void spillsWhenTheBudgetRefusesThoughThereWouldBeRoomByItsOwnMeasure() {
    try (MemoryReservation others = budget.open("others", MemoryKind.HEAP);
        RowBitmap bits = bitmap(Long.MAX_VALUE)) {
      bits.ensureRows(4 * SEGMENT_ROWS);
      bits.set(7);
      others.grow(budget.freeBytes(MemoryKind.HEAP) - 100_000);
      bits.ensureRows(30 * SEGMENT_ROWS);
      bits.set(30 * SEGMENT_ROWS - 1);

      assertThat(store.heldBytes()).isPositive();
      assertThat(bits.count()).isEqualTo(2);
    }
  }

  @Test
  void aChangeThatWasReservedNeedsNothingMore() {
    try (MemoryReservation others = budget.open("others", MemoryKind.NATIVE);
        RowBitmap bits = bitmap(3 * SEGMENT_BYTES)) {
      bits.ensureRows(ROWS);
      long last = ROWS - 1;
      bits.set(5);
      bits.set(3L * SEGMENT_ROWS);
      for (long[] rows : new long[][] {{1, 5}, {2L * SEGMENT_ROWS, 3L * SEGMENT_ROWS}, {last, 6}}) {
        bits.reserve(rows[0], rows[1]);
        long free = budget.freeBytes(MemoryKind.NATIVE);
        others.grow(free);
        bits.set(rows[0]);
        bits.clear(rows[1]);
        others.shrink(free);
      }

      assertThat(listed(bits).stream().asLongStream()).containsExactly(1L, 2L * SEGMENT_ROWS, last);
    }
  }

  @Test
  void saysWhatIsMissingIfNeitherMemoryNorDiskHasRoom() {
    store.close();
    store = store(3 * SEGMENT_BYTES);
    try (RowBitmap bits = bitmap(3 * SEGMENT_BYTES)) {
      bits.ensureRows(5 * SEGMENT_ROWS);
      bits.set(1);
      // The disk has no room for more, but memory has.
      bits.ensureRows(7 * SEGMENT_ROWS);
      try (MemoryReservation others = budget.open("others", MemoryKind.HEAP)) {
        others.grow(budget.freeBytes(MemoryKind.HEAP));
        assertThatThrownBy(() -> bits.ensureRows(8 * SEGMENT_ROWS))
            .isInstanceOf(MergeException.LimitExceeded.class)
            .hasMessageContaining("limit of spilled data");
      }
      assertThat(bits.count()).isEqualTo(1);
    }
    RowBitmap unspilled = new RowBitmap(reservation, new RowBitmap.Room(null, 0, 2));
    assertThatThrownBy(() -> unspilled.ensureRows(1L << 40))
        .isInstanceOf(MergeException.LimitExceeded.class)
        .hasMessageContaining("bits");
  }
}
