package dev.keymerge.internal.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.KeyMethod;
import dev.keymerge.MergeException;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.ConstantHash;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.Sample;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.plan.OrdinalCursor;
import dev.keymerge.internal.spill.SpillPlace;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StoragePath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds the index against a map over random keys of every type, policy and batch size. */
class KeyIndexRandomTest {
  private static final int SOURCE_ROWS = 700;
  private static final int TARGET_ROWS = 900;

  static List<Field> everyType() {
    return Sample.fields();
  }

  @ParameterizedTest
  @MethodSource("everyType")
  void agreesWithAMapForKeysOfOneColumn(Field field) {
    for (int seed = 0; seed < 6; seed++) {
      Random random = new Random(seed * 31L + field.getName().hashCode());
      compare(new Scenario(List.of(field), random));
    }
  }

  @Test
  void agreesWithAMapForKeysOfSeveralColumns() {
    for (int seed = 0; seed < 150; seed++) {
      Random random = new Random(seed);
      List<Field> fields = new ArrayList<>(Sample.fields());
      Collections.shuffle(fields, random);
      compare(new Scenario(List.copyOf(fields.subList(0, 2 + random.nextInt(3))), random));
    }
    assertThat(spilledBytes).isPositive();
  }

  @TempDir Path directory;

  private void compare(Scenario scenario) {
    MemoryBudget budget = new MemoryBudget(64 << 20);
    try (BufferAllocator allocator = BudgetedAllocator.open(budget, "test")) {
      scenario.run(allocator, budget, null);
      StoragePath home = new LocalStorage().resolve(directory.toString());
      SpillPlace place = new SpillPlace(new LocalStorage(), () -> home, SpillPlace.NO_LIMIT);
      try (SpillStore store = new SpillStore(place, allocator, budget)) {
        long memoryBytes = 14_000L + scenario.random.nextInt(30_000);
        scenario.run(
            allocator,
            budget,
            new IndexSpilling(store, memoryBytes, SOURCE_ROWS, ordinal -> "key " + ordinal));
        assertThat(store.heldBytes()).isZero();
        spilledBytes += store.writtenBytes();
      }
    }
    assertThat(budget.usedBytes()).as("bytes still charged").isZero();
    assertThat(directory).isEmptyDirectory();
  }

  private long spilledBytes;

  /** One random configuration with its data, and the check of what the index makes of it. */
  private static final class Scenario {
    private final Random random;
    private final List<Field> keys;
    private final @Nullable Field order;
    private final KeyIndexConfig config;
    private final boolean marks;
    private final List<List<@Nullable Object>> source = new ArrayList<>();
    private final List<List<@Nullable Object>> target = new ArrayList<>();
    private final List<@Nullable Object> orderValues = new ArrayList<>();
    private final List<Boolean> marked = new ArrayList<>();
    private final int batchRows;

    Scenario(List<Field> keys, Random random) {
      this.keys = keys;
      this.random = random;
      List<Field> all = Sample.fields();
      order = random.nextBoolean() ? all.get(random.nextInt(all.size())) : null;
      marks = random.nextBoolean();
      batchRows = random.nextInt(4) == 0 ? 1 : 1 + random.nextInt(300);
      KeyHash hash =
          random.nextInt(4) == 0 ? ConstantHash.MIXED_BITS : new SeededKeyHash(random.nextLong());
      config =
          new KeyIndexConfig(
              keys,
              order,
              DuplicatePolicy.values()[random.nextInt(3)],
              NullKeyPolicy.values()[random.nextInt(3)],
              random.nextInt(4),
              hash);
      draw();
    }

    private void draw() {
      boolean nulls = random.nextInt(3) > 0;
      for (Field field : keys) {
        List<Object> pool = Sample.draw(field, 1 + random.nextInt(2 * SOURCE_ROWS), random);
        source.add(pick(pool, SOURCE_ROWS, nulls));
        target.add(pick(pool, TARGET_ROWS, nulls));
      }
      Field orderField = order;
      List<Object> orderPool =
          orderField == null ? List.of("") : Sample.draw(orderField, 30, random);
      orderValues.addAll(pick(orderPool, SOURCE_ROWS, true));
      for (int row = 0; row < SOURCE_ROWS; row++) {
        marked.add(marks && random.nextInt(4) == 0);
      }
    }

    private List<@Nullable Object> pick(List<Object> pool, int rows, boolean nulls) {
      List<@Nullable Object> picked = new ArrayList<>();
      for (int row = 0; row < rows; row++) {
        boolean absent = nulls && random.nextInt(20) == 0;
        picked.add(absent ? null : pool.get(random.nextInt(pool.size())));
      }
      return picked;
    }

    void run(BufferAllocator allocator, MemoryBudget budget, @Nullable IndexSpilling spilling) {
      KeyReference reference = new KeyReference(config);
      for (int row = 0; row < SOURCE_ROWS; row++) {
        Object orderValue = orderValues.get(row);
        Field orderField = order;
        reference.add(
            KeyReference.key(keys, source, row),
            orderField == null || orderValue == null ? null : Sample.twin(orderField, orderValue));
      }
      try (KeyIndexBuilder builder = new KeyIndexBuilder(config, allocator, budget, spilling)) {
        addAll(builder, allocator);
        String failure = reference.failure();
        if (failure != null) {
          assertThatThrownBy(
                  () -> {
                    try (KeyIndex index = builder.build(() -> {})) {
                      finish(index, new Joined());
                    }
                  })
              .isInstanceOf(MergeException.BadData.class)
              .hasMessageStartingWith(failure);
          return;
        }
        try (KeyIndex index = builder.build(() -> {})) {
          check(index, reference, allocator);
        }
      }
    }

    private void addAll(KeyIndexBuilder builder, BufferAllocator allocator) {
      for (int from = 0; from < SOURCE_ROWS; from += batchRows) {
        int to = Math.min(SOURCE_ROWS, from + batchRows);
        int first = from;
        List<FieldVector> vectors = vectors(source, from, to, allocator);
        Field orderField = order;
        FieldVector orderVector =
            orderField == null
                ? null
                : Sample.vector(orderField, orderValues.subList(from, to), allocator);
        RowMarks rowMarks = marks ? row -> marked.get(first + row) : RowMarks.NONE;
        builder.add(vectors, orderVector, to - from, from, rowMarks);
        vectors.forEach(FieldVector::close);
        if (orderVector != null) {
          orderVector.close();
        }
      }
    }

    private List<FieldVector> vectors(
        List<List<@Nullable Object>> columns, int from, int to, BufferAllocator allocator) {
      List<FieldVector> vectors = new ArrayList<>();
      for (int index = 0; index < keys.size(); index++) {
        vectors.add(
            Sample.vector(keys.get(index), columns.get(index).subList(from, to), allocator));
      }
      return vectors;
    }

    private void check(KeyIndex index, KeyReference reference, BufferAllocator allocator) {
      TreeSet<Long> pending = new TreeSet<>(reference.winners());
      Joined joined = new Joined();
      TreeSet<Long> later = new TreeSet<>();
      if (index.spilledPartitions() == 0) {
        lookUp(index.probe(), joined, later, allocator);
        assertThat(later).isEmpty();
      } else {
        try (KeyRounds rounds = index.rounds(KeyMethod.PARTITIONS, () -> {})) {
          assertThat(rounds.next()).isTrue();
          lookUp(rounds.probe(), joined, later, allocator);
          rounds.endRound(joined);
          assertThat(rounds.next()).isFalse();
          rounds.finish(joined, () -> {});
        }
      }
      checkFound(joined, reference, pending);
      assertThat(index.counts().sourceRows()).isEqualTo(SOURCE_ROWS);
      assertThat(index.counts().winners()).isEqualTo(reference.winners().size());
      checkPending(index, pending, reference.winners().size());
    }

    private static void finish(KeyIndex index, Joined joined) {
      if (index.spilledPartitions() > 0) {
        try (KeyRounds rounds = index.rounds(KeyMethod.PARTITIONS, () -> {})) {
          rounds.finish(joined, () -> {});
        }
      }
    }

    private void lookUp(
        KeyProbe opened, Joined joined, TreeSet<Long> later, BufferAllocator allocator) {
      try (KeyProbe probe = opened) {
        for (int from = 0; from < TARGET_ROWS; from += batchRows) {
          int to = Math.min(TARGET_ROWS, from + batchRows);
          List<FieldVector> vectors = vectors(target, from, to, allocator);
          probe.probe(vectors, to - from, from);
          vectors.forEach(FieldVector::close);
          int firstNull = -1;
          for (int row = from; row < to; row++) {
            List<@Nullable Object> key = KeyReference.key(keys, target, row);
            if (probe.sourceRow(row - from) == KeyProbe.LATER) {
              later.add((long) row);
            } else if (probe.sourceRow(row - from) >= 0) {
              joined.found(row, probe.sourceRow(row - from), probe.deleteMarked(row - from));
            } else {
              joined.absent(row);
            }
            firstNull = firstNull < 0 && key.contains(null) ? row - from : firstNull;
          }
          assertThat(probe.firstNullKey()).isEqualTo(firstNull);
        }
        probe.finish();
      }
    }

    private void checkFound(Joined joined, KeyReference reference, TreeSet<Long> pending) {
      for (int row = 0; row < TARGET_ROWS; row++) {
        long expected = reference.winner(KeyReference.key(keys, target, row));
        assertThat(joined.sources.get((long) row)).isEqualTo(expected);
        assertThat(joined.marked.contains((long) row))
            .isEqualTo(expected >= 0 && marked.get((int) expected));
        pending.remove(expected);
      }
    }

    private void checkPending(KeyIndex index, TreeSet<Long> pending, int winners) {
      List<Long> inserts =
          pending.stream().filter(ordinal -> !marked.get(ordinal.intValue())).toList();
      List<Long> listed = new ArrayList<>();
      OrdinalCursor cursor = index.pendingOrdinals();
      long[] block = new long[1 + random.nextInt(100)];
      for (int count = cursor.next(block); count > 0; count = cursor.next(block)) {
        for (int position = 0; position < count; position++) {
          listed.add(block[position]);
        }
      }
      assertThat(listed).isEqualTo(inserts);
      assertThat(index.pendingCount()).isEqualTo(inserts.size());
      assertThat(index.pendingMarkedCount()).isEqualTo(pending.size() - inserts.size());
      assertThat(index.matchedWinners()).isEqualTo(winners - pending.size());
    }
  }

  /** Remembers what is found for each target row, and that each is told of once. */
  private static final class Joined implements MatchSink {
    private final Map<Long, Long> sources = new HashMap<>();
    private final Set<Long> marked = new HashSet<>();

    @Override
    public void found(long position, long sourceRow, boolean deleteMarked) {
      assertThat(sources.put(position, sourceRow)).isNull();
      if (deleteMarked) {
        marked.add(position);
      }
    }

    @Override
    public void absent(long position) {
      assertThat(sources.put(position, -1L)).isNull();
    }
  }
}
