package dev.keymerge.internal.locate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.plan.MatchCursor;
import dev.keymerge.internal.plan.RowGroupPlan;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileMatchesTest {
  private static final int MATCH_BYTES = 12;
  private static final int FIRST_BYTES = 1024 * MATCH_BYTES;

  /** Of no size that blocks or lists have; the third row group has no match. */
  private static final int[] ROW_GROUPS = {10, 5_000, 0, 20_001, 3};

  private static final long ROWS = 25_014;

  @TempDir private Path directory;

  private final MemoryBudget budget = new MemoryBudget(PoolLimits.separate(2 << 20, 2 << 20));
  private final List<Long> toldRows = new ArrayList<>();
  private BudgetedAllocator allocator;
  private MemoryReservation memory;

  @BeforeEach
  void open() {
    allocator = BudgetedAllocator.open(budget, "test");
    memory = budget.open("matches");
  }

  @AfterEach
  void nothingIsLeft() {
    memory.close();
    allocator.close();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void staysInMemoryIfThereIsRoom() throws IOException {
    try (SpillStore disk = disk(SpillPlace.NO_LIMIT);
        FileMatches matches = open(new MatchStore(budget, disk, 1 << 20))) {
      fill(matches);
      assertThat(read(matches)).isEqualTo(expected());
      assertThat(disk.writtenBytes()).isZero();
      assertThat(memory.bytes()).isEqualTo(ROWS * MATCH_BYTES);
      assertThat(toldRows).isEmpty();
    }
  }

  @Test
  void comesBackFromDiskWheneverItWentThere() throws IOException {
    for (long bytes = 1; bytes < 2 * ROWS * MATCH_BYTES; bytes = bytes * 2 + 3_000) {
      toldRows.clear();
      try (SpillStore disk = disk(SpillPlace.NO_LIMIT)) {
        try (FileMatches matches = open(new MatchStore(budget, disk, bytes))) {
          fill(matches);
          assertThat(read(matches)).as("%s bytes", bytes).isEqualTo(expected());
          assertThat(read(matches)).as("%s bytes", bytes).isEqualTo(expected());
          assertThat(disk.writtenBytes()).isGreaterThanOrEqualTo(ROWS * MATCH_BYTES);
          assertThat(memory.bytes()).isZero();
          assertThat(toldRows).isEqualTo(told());
        }
        assertThat(disk.heldBytes()).isZero();
      }
    }
  }

  @Test
  void goesToDiskIfTheBudgetRefuses() throws IOException {
    try (SpillStore disk = disk(SpillPlace.NO_LIMIT);
        FileMatches matches = open(new MatchStore(budget, disk, 1 << 20));
        MemoryReservation other = budget.open("somebody else")) {
      other.grow((2 << 20) - 20_000);
      fill(matches);
      assertThat(read(matches)).isEqualTo(expected());
      assertThat(disk.writtenBytes()).isPositive();
    }
  }

  @Test
  void movesToDiskLaterAndOnce() throws IOException {
    try (SpillStore disk = disk(SpillPlace.NO_LIMIT);
        FileMatches matches = open(new MatchStore(budget, disk, 1 << 20))) {
      fill(matches);
      matches.moveToDisk();
      long written = disk.writtenBytes();
      assertThat(written).isPositive();
      assertThat(memory.bytes()).isZero();
      matches.moveToDisk();
      assertThat(disk.writtenBytes()).isEqualTo(written);
      assertThat(read(matches)).isEqualTo(expected());
    }
  }

  @Test
  void staysInMemoryIfTheDiskMayNotHoldIt() throws IOException {
    try (SpillStore disk = disk(ROWS * MATCH_BYTES - 1);
        FileMatches matches = open(new MatchStore(budget, disk, 1))) {
      fill(matches);
      assertThat(disk.writtenBytes()).isZero();
      assertThatThrownBy(matches::moveToDisk).isInstanceOf(MergeException.LimitExceeded.class);
      assertThat(read(matches)).isEqualTo(expected());
    }
  }

  @Test
  void filesShareTheRoomAndGiveItBack() throws IOException {
    try (SpillStore disk = disk(SpillPlace.NO_LIMIT);
        MemoryReservation otherMemory = budget.open("matches of another file")) {
      MatchStore store = new MatchStore(budget, disk, 2 * FIRST_BYTES - 1);
      try (FileMatches first = open(store);
          FileMatches second = store.open(otherMemory, ROWS, new Listener())) {
        first.add(0, 7);
        second.add(0, 8);
        assertThat(memory.bytes()).isEqualTo(FIRST_BYTES);
        assertThat(otherMemory.bytes()).isZero();
      }
      try (FileMatches third = store.open(otherMemory, ROWS, new Listener())) {
        third.add(0, 9);
        assertThat(otherMemory.bytes()).isEqualTo(FIRST_BYTES);
      }
    }
  }

  @Test
  void aFileWithoutMatchesHoldsNothing() {
    try (SpillStore disk = disk(SpillPlace.NO_LIMIT);
        FileMatches matches = open(new MatchStore(budget, disk, 1))) {
      matches.endRowGroup(0, 100);
      matches.finish();
      matches.moveToDisk();
      assertThat(matches.rowGroups()).isEmpty();
      assertThat(disk.writtenBytes()).isZero();
    }
  }

  @Test
  void leavesMostOfASmallHeapToTheWorkAndHalfOfALargeOneToMatches() throws IOException {
    assertThat(mostInMemory(44 << 20)).isBetween(2_400_000L, 6_300_000L);
    assertThat(mostInMemory(8 << 20)).isBetween(200_000L, 525_000L);
    assertThat(mostInMemory(160 << 20)).isBetween(26_000_000L, 67_200_000L);
  }

  /** Returns how much a file had in memory before it went to disk. */
  private long mostInMemory(long heapBytes) throws IOException {
    MemoryBudget all = new MemoryBudget(PoolLimits.separate(heapBytes, 2 << 20));
    try (BudgetedAllocator buffers = BudgetedAllocator.open(all, "test");
        SpillStore disk = disk(SpillPlace.NO_LIMIT, buffers, all);
        MemoryReservation charged = all.open("matches");
        FileMatches matches =
            new MatchStore(all, disk, MatchStore.AUTOMATIC)
                .open(charged, heapBytes, new Listener())) {
      long most = 0;
      for (int row = 0; disk.writtenBytes() == 0; row++) {
        matches.add(row, -1);
        most = Math.max(most, charged.bytes());
      }
      return most;
    }
  }

  private FileMatches open(MatchStore store) {
    return store.open(memory, ROWS, new Listener());
  }

  private SpillStore disk(long limit) {
    return disk(limit, allocator, budget);
  }

  private SpillStore disk(long limit, BudgetedAllocator buffers, MemoryBudget payer) {
    StoragePath home = new LocalStorage().resolve(directory.toString());
    return new SpillStore(new SpillPlace(new LocalStorage(), () -> home, limit), buffers, payer);
  }

  private static void fill(FileMatches matches) {
    for (int rowGroup = 0; rowGroup < ROW_GROUPS.length; rowGroup++) {
      for (int match = 0; match < ROW_GROUPS[rowGroup]; match++) {
        matches.add(2 * match, sourceRow(rowGroup, match));
      }
      matches.endRowGroup(rowGroup, 2L * ROW_GROUPS[rowGroup] + 1);
    }
    matches.finish();
  }

  private static long sourceRow(int rowGroup, int match) {
    return match % 3 == 0 ? RowGroupPlan.DELETE : (long) rowGroup << 33 | match;
  }

  private static List<List<Long>> expected() {
    List<List<Long>> rowGroups = new ArrayList<>();
    for (int rowGroup = 0; rowGroup < ROW_GROUPS.length; rowGroup++) {
      if (ROW_GROUPS[rowGroup] > 0) {
        List<Long> numbers =
            new ArrayList<>(List.of((long) rowGroup, 2L * ROW_GROUPS[rowGroup] + 1));
        for (int match = 0; match < ROW_GROUPS[rowGroup]; match++) {
          numbers.add(2L * match);
          numbers.add(sourceRow(rowGroup, match));
        }
        rowGroups.add(numbers);
      }
    }
    return rowGroups;
  }

  private static List<List<Long>> read(FileMatches matches) throws IOException {
    List<List<Long>> rowGroups = new ArrayList<>();
    for (RowGroupPlan plan : matches.rowGroups()) {
      List<Long> numbers = new ArrayList<>(List.of((long) plan.rowGroup(), plan.rows()));
      try (MatchCursor cursor = plan.matches().open()) {
        while (cursor.next()) {
          for (int match = 0; match < cursor.count(); match++) {
            numbers.add((long) cursor.positions()[match]);
            numbers.add(cursor.sourceRows()[match]);
          }
        }
      }
      assertThat(numbers).hasSize(2 + 2 * plan.matches().size());
      rowGroups.add(numbers);
    }
    return rowGroups;
  }

  /** Stands for the end of a row group among what is told. */
  private static final long END = Long.MIN_VALUE;

  private static List<Long> told() {
    List<Long> told = new ArrayList<>();
    for (int rowGroup = 0; rowGroup < ROW_GROUPS.length; rowGroup++) {
      for (int match = 0; match < ROW_GROUPS[rowGroup]; match++) {
        told.add(sourceRow(rowGroup, match));
      }
      if (ROW_GROUPS[rowGroup] > 0) {
        told.add(END);
      }
    }
    return told;
  }

  private final class Listener implements MatchStore.SpillObserver {
    @Override
    public void startRowGroup() {
      toldRows.add(END);
    }

    @Override
    public void match(long sourceRow) {
      toldRows.add(sourceRow);
    }
  }
}
