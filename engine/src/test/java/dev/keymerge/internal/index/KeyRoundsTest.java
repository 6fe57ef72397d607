package dev.keymerge.internal.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.KeyMethod;
import dev.keymerge.MergeException;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.ComponentBounds;
import dev.keymerge.internal.key.ConstantHash;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.key.KeyType;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Looks keys up in rounds of every kind, in targets whose statistics may tell anything. */
class KeyRoundsTest {
  private static final Field ID = Field.nullable("id", new ArrowType.Int(64, true));
  private static final int SOURCE_ROWS = 3_000;
  private static final int UNIT_ROWS = 60;
  private static final int UNITS = 50;
  private static final int SEEDS = 40;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(names = {"PARTITIONS", "PASSES", "SORTED"})
  void everyTargetRowIsToldOfOnceWhateverTheOrder(KeyMethod method) {
    int rounds = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      rounds += new Scenario(new Random(seed)).run(method, new SeededKeyHash(seed));
    }
    if (method != KeyMethod.PARTITIONS) {
      assertThat(rounds).isGreaterThan(2 * SEEDS);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PARTITIONS", "PASSES", "SORTED"})
  void hashesThatAreAllAlikeChangeNothing(KeyMethod method) {
    for (int seed = 0; seed < 5; seed++) {
      new Scenario(new Random(seed)).run(method, ConstantHash.MIXED_BITS);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PARTITIONS", "PASSES", "SORTED"})
  void duplicatesAreReportedInTheSameWords(KeyMethod method) {
    Scenario scenario = new Scenario(new Random(7));
    scenario.duplicates = DuplicatePolicy.FAIL;
    for (int row = 0; row < SOURCE_ROWS; row++) {
      scenario.source.set(row, row * 2L);
    }
    scenario.source.set(6, 10L);
    scenario.source.set(SOURCE_ROWS - 1, 10L);
    scenario.source.set(SOURCE_ROWS - 2, 16L);

    assertThatThrownBy(() -> scenario.run(method, new SeededKeyHash(1)))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessage(
            "2 keys have more than one source row; counting from row 1: "
                + "id=10 in rows 6, 7 and 3000; id=16 in rows 9 and 2999");
  }

  @Test
  void keysOfOneRangeOnlyAreJoinedAtTheEnd() {
    Scenario scenario = new Scenario(new Random(3));
    for (int row = 0; row < SOURCE_ROWS; row++) {
      scenario.source.set(row, 500L + row % 900);
    }
    scenario.run(KeyMethod.SORTED, new SeededKeyHash(3));
  }

  /** Whatever the disk refuses, when it does: another way is taken, or the merge is refused. */
  @Test
  void withoutRoomOnDiskForAllOfTheSourceAnotherWayIsGone() {
    int otherWays = 0;
    int refused = 0;
    for (int run = 0; run < 200; run++) {
      Scenario scenario = new Scenario(new Random(run / 20));
      scenario.limitBytes = (16 + 6L * (run % 20)) << 10;
      try {
        scenario.run(KeyMethod.SORTED, new SeededKeyHash(run));
        otherWays += scenario.taken == KeyMethod.PARTITIONS ? 1 : 0;
      } catch (MergeException.LimitExceeded expected) {
        refused++;
      }
    }
    assertThat(otherWays).isPositive();
    assertThat(refused).isPositive();
  }

  /** A source and a target of a few units, each with what statistics claim of it. */
  private final class Scenario {
    private final Random random;
    private final List<@Nullable Long> source = new ArrayList<>();
    private final List<List<@Nullable Long>> units = new ArrayList<>();
    private final List<ComponentBounds> claims = new ArrayList<>();
    private DuplicatePolicy duplicates;
    private long limitBytes = SpillPlace.NO_LIMIT;
    private @Nullable KeyMethod taken;

    Scenario(Random random) {
      this.random = random;
      duplicates = random.nextBoolean() ? DuplicatePolicy.FIRST : DuplicatePolicy.LAST;
      long span = 20L * UNITS * UNIT_ROWS / (1 + random.nextInt(20));
      boolean skewed = random.nextInt(4) == 0;
      for (int row = 0; row < SOURCE_ROWS; row++) {
        long key = skewed ? random.nextLong(span / 10 + 1) : random.nextLong(span * 11 / 10);
        source.add(random.nextInt(500) == 0 ? null : Long.valueOf(key));
      }
      int disorder = random.nextInt(4) * 300;
      for (int unit = 0; unit < UNITS; unit++) {
        addUnit(span * unit / UNITS, span / UNITS + 1 + random.nextInt(1 + disorder));
      }
    }

    private void addUnit(long from, long width) {
      List<@Nullable Long> keys = new ArrayList<>();
      long min = Long.MAX_VALUE;
      long max = Long.MIN_VALUE;
      for (int row = 0; row < UNIT_ROWS; row++) {
        long key = from + random.nextLong(width);
        min = Math.min(min, key);
        max = Math.max(max, key);
        keys.add(random.nextInt(200) == 0 ? null : Long.valueOf(key));
      }
      units.add(keys);
      claims.add(
          switch (random.nextInt(12)) {
            case 0 -> ComponentBounds.UNKNOWN;
            case 1 -> ComponentBounds.ONLY_NULLS;
            // A lie: most keys lie outside.
            case 2 -> new ComponentBounds.Words(min + 3, min + 4, false);
            case 3 -> new ComponentBounds.Words(max + 1_000, max + 2_000, false);
            default -> new ComponentBounds.Words(min, max, true);
          });
    }

    private KeyRanges ranges() {
      List<KeyRanges.Stretch> stretches = new ArrayList<>();
      for (ComponentBounds claim : claims) {
        stretches.add(new KeyRanges.Stretch(claim, UNIT_ROWS));
      }
      KeyRanges ranges = KeyRanges.of(KeyType.of(List.of(ID)), stretches, 16);
      assertThat(ranges).isNotNull();
      return ranges;
    }

    /** Returns how many rounds there were. */
    int run(KeyMethod method, KeyHash hash) {
      MemoryBudget budget = new MemoryBudget(64 << 20);
      StoragePath home = new LocalStorage().resolve(directory.toString());
      int rounds;
      try (BudgetedAllocator allocator = BudgetedAllocator.open(budget, "test");
          SpillStore store =
              new SpillStore(
                  new SpillPlace(new LocalStorage(), () -> home, limitBytes), allocator, budget)) {
        rounds = run(method, hash, new Places(allocator, budget, store));
        assertThat(store.heldBytes()).isZero();
      }
      assertThat(budget.usedBytes()).isZero();
      assertThat(directory).isEmptyDirectory();
      return rounds;
    }

    private int run(KeyMethod method, KeyHash hash, Places places) {
      KeyRanges ranges = method == KeyMethod.SORTED || random.nextBoolean() ? ranges() : null;
      KeyIndexConfig config =
          new KeyIndexConfig(List.of(ID), null, duplicates, NullKeyPolicy.MATCH, 4, hash, ranges);
      long memoryBytes = 18_000L + random.nextInt(30_000);
      IndexSpilling spilling =
          new IndexSpilling(
              places.store, memoryBytes, SOURCE_ROWS, ordinal -> "id=" + source.get((int) ordinal));
      try (KeyIndexBuilder builder =
          new KeyIndexBuilder(config, places.allocator, places.budget, spilling)) {
        try (BigIntVector keys = new BigIntVector(ID, places.allocator)) {
          fill(keys, source);
          builder.add(List.of(keys), null, source.size(), 0, RowMarks.NONE);
        }
        try (KeyIndex index = builder.build(() -> {})) {
          // With few different keys everything may fit.
          return index.spilledPartitions() == 0 ? 0 : check(index, method, places);
        }
      }
    }

    private int check(KeyIndex index, KeyMethod method, Places places) {
      Told told = new Told();
      try (KeyRounds rounds = index.rounds(method, () -> {})) {
        while (rounds.next()) {
          try (KeyProbe probe = rounds.probe()) {
            for (int unit = 0; unit < UNITS; unit++) {
              if (rounds.looksUp(claims.get(unit))) {
                lookUp(unit, probe, places, told);
              }
            }
            probe.finish();
          }
          rounds.endRound(told);
        }
        rounds.finish(told, () -> {});
        taken = rounds.method();
        if (limitBytes == SpillPlace.NO_LIMIT) {
          assertThat(taken).isEqualTo(method);
        }
        checkTold(told, index);
        return rounds.rounds();
      }
    }

    private void lookUp(int unit, KeyProbe probe, Places places, Told told) {
      try (BigIntVector keys = new BigIntVector(ID, places.allocator)) {
        fill(keys, units.get(unit));
        probe.probe(List.of(keys), UNIT_ROWS, (long) unit * UNIT_ROWS);
        for (int row = 0; row < UNIT_ROWS; row++) {
          long found = probe.sourceRow(row);
          if (found >= 0) {
            told.found((long) unit * UNIT_ROWS + row, found, probe.deleteMarked(row));
          } else if (found != KeyProbe.LATER) {
            told.absent((long) unit * UNIT_ROWS + row);
          }
        }
      }
    }

    private void checkTold(Told told, KeyIndex index) {
      Map<@Nullable Long, Long> winners = new HashMap<>();
      for (int row = 0; row < source.size(); row++) {
        if (duplicates == DuplicatePolicy.LAST || !winners.containsKey(source.get(row))) {
          winners.put(source.get(row), (long) row);
        }
      }
      Map<Long, Long> expected = new HashMap<>();
      BitSet matched = new BitSet();
      for (int position = 0; position < UNITS * UNIT_ROWS; position++) {
        Long winner = winners.get(units.get(position / UNIT_ROWS).get(position % UNIT_ROWS));
        if (winner != null) {
          expected.put((long) position, winner);
          matched.set((int) (long) winner);
        }
      }
      assertThat(told.found).isEqualTo(expected);
      assertThat(told.positions.cardinality()).isEqualTo(UNITS * UNIT_ROWS);
      assertThat(index.counts().distinctKeys()).isEqualTo(winners.size());
      assertThat(index.pendingCount()).isEqualTo(winners.size() - matched.cardinality());
    }
  }

  private static void fill(BigIntVector vector, List<@Nullable Long> keys) {
    vector.allocateNew(keys.size());
    for (int row = 0; row < keys.size(); row++) {
      Long key = keys.get(row);
      if (key == null) {
        vector.setNull(row);
      } else {
        vector.set(row, key);
      }
    }
    vector.setValueCount(keys.size());
  }

  /** Where an index lives. */
  private record Places(BudgetedAllocator allocator, MemoryBudget budget, SpillStore store) {}

  /** Keeps what was told, and makes sure that nothing is told twice. */
  private static final class Told implements MatchSink {
    private final Map<Long, Long> found = new HashMap<>();
    private final BitSet positions = new BitSet();

    @Override
    public void found(long position, long sourceRow, boolean deleteMarked) {
      absent(position);
      found.put(position, sourceRow);
    }

    @Override
    public void absent(long position) {
      assertThat(positions.get((int) position)).as("row %s was told of", position).isFalse();
      positions.set((int) position);
    }
  }
}
