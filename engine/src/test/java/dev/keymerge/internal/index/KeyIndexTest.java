package dev.keymerge.internal.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.MergeException;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.Sample;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.BudgetedAllocator;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.plan.KeyProbe;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeyIndexTest {
  private static final Field ID = Field.nullable("id", new ArrowType.Int(64, true));
  private static final Field NAME = Field.nullable("name", new ArrowType.Utf8());
  private static final Field VERSION = Field.nullable("version", new ArrowType.Utf8());

  private final MemoryBudget budget = new MemoryBudget(256 << 20);
  private final BufferAllocator allocator = BudgetedAllocator.open(budget, "test");

  @AfterEach
  void nothingIsLeft() {
    allocator.close();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void showsDuplicateKeysWithTheirRows() {
    assertThatThrownBy(
            () -> build(DuplicatePolicy.FAIL, NullKeyPolicy.MATCH, 7L, 8L, 7L, null, 9L, null, 7L))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessage(
            "2 keys have more than one source row; counting from row 1: "
                + "id=7 in rows 1, 3 and 7; id=null in rows 4 and 6");
  }

  @Test
  void showsTheFirstTenOfManyDuplicateKeysAndTheFirstFiveOfManyRows() {
    Long[] keys = new Long[60];
    for (int row = 0; row < keys.length; row++) {
      keys[row] = (long) row % 12;
    }
    keys[59] = 0L;
    assertThatThrownBy(() -> build(DuplicatePolicy.FAIL, NullKeyPolicy.MATCH, keys))
        .hasMessageStartingWith(
            "12 keys have more than one source row; counting from row 1: "
                + "id=0 in rows 1, 13, 25, 37, 49 and more; id=1 in rows 2, 14, 26, 38 and 50; id=2")
        .hasMessageContaining("id=9 in rows 10,")
        .hasMessageEndingWith("; and more")
        .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("id=10"));
  }

  @Test
  void showsRowsWithNullKeys() {
    assertThatThrownBy(() -> build(DuplicatePolicy.LAST, NullKeyPolicy.FAIL, 1L, null, 1L, null))
        .isInstanceOf(MergeException.BadData.class)
        .hasMessage("2 source rows have a null in the key (id); counting from row 1: rows 2, 4");
  }

  @Test
  void forgivesTiesThatAGreaterOrderValueSettles() {
    try (KeyIndex index = buildOrdered(List.of(5L, 5L, 5L), Arrays.asList("a", "a", "b"))) {
      assertThat(index.counts().duplicatesDropped()).isEqualTo(2);
      assertThat(winner(index, 5L)).isEqualTo(2);
    }
  }

  @Test
  void failsOnATieBetweenTheGreatestOrderValues() {
    assertThatThrownBy(
            () -> buildOrdered(List.of(5L, 5L, 6L, 5L), Arrays.asList("b", null, null, "b")))
        .hasMessage(
            "1 key has more than one source row with the greatest value of 'version'; "
                + "counting from row 1: id=5 in rows 1 and 4");
  }

  @Test
  void keepsOneOrderValuePerKeyHoweverOftenItGrows() {
    List<Long> keys = new ArrayList<>();
    List<@Nullable String> versions = new ArrayList<>();
    for (int version = 0; version < 20_000; version++) {
      keys.add(1L);
      versions.add(String.format(Locale.ROOT, "%08d", version) + "x".repeat(version % 90));
    }
    long before = budget.peakBytes();
    try (KeyIndex index = buildOrdered(keys, versions)) {
      assertThat(winner(index, 1L)).isEqualTo(19_999);
    }
    // The batch alone takes about two megabytes; keeping every value would take as much again.
    assertThat(budget.peakBytes() - before).isLessThan(4L << 20);
  }

  @Test
  void refusesKeysThatCannotBeCompared() {
    Field list = new Field("tags", Field.nullable("x", new ArrowType.List()).getFieldType(), null);
    KeyIndexConfig config =
        KeyIndexConfig.of(List.of(list), null, DuplicatePolicy.FAIL, NullKeyPolicy.MATCH);
    assertThatThrownBy(() -> new KeyIndexBuilder(config, allocator, budget))
        .isInstanceOf(MergeException.InvalidRequest.class)
        .hasMessageContaining("'tags'");
  }

  @Test
  void refusesBatchesOutOfOrder() {
    try (KeyIndexBuilder builder = builder(DuplicatePolicy.FAIL, NullKeyPolicy.MATCH);
        FieldVector keys = Sample.vector(ID, List.of(1L), allocator)) {
      assertThatThrownBy(() -> builder.add(List.of(keys), null, 1, 5, RowMarks.NONE))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void countsMarkedWinnersApart() {
    try (KeyIndexBuilder builder = builder(DuplicatePolicy.LAST, NullKeyPolicy.NEVER);
        FieldVector keys =
            Sample.vector(ID, Arrays.asList(1L, 2L, 2L, 3L, null, null), allocator)) {
      builder.add(List.of(keys), null, 6, 0, row -> row == 2 || row == 3 || row == 4);
      try (KeyIndex index = builder.build(() -> {})) {
        assertThat(winner(index, 3L)).isEqualTo(3);
        assertThat(index.counts()).isEqualTo(new KeyIndex.Counts(6, 3, 2));
        assertThat(index.pendingCount()).isEqualTo(2);
        assertThat(index.pendingMarkedCount()).isEqualTo(2);
        assertThat(index.matchedWinners()).isEqualTo(1);
      }
    }
  }

  @Test
  void marksEveryMatchOnceWhenProbedInParallel() throws Exception {
    int keys = 300_000;
    long[] distinct = new SplittableRandom(7).longs(keys).toArray();
    try (KeyIndex index = buildLarge(distinct)) {
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        List<Future<Long>> founds = new ArrayList<>();
        for (int thread = 0; thread < 4; thread++) {
          int offset = thread * 50_000;
          founds.add(threads.submit(() -> probe(index, distinct, offset, offset + 100_000)));
        }
        for (Future<Long> found : founds) {
          assertThat(found.get()).isEqualTo(100_000);
        }
      } finally {
        threads.shutdownNow();
      }
      // Four stretches of 100,000 that overlap by half cover the first 250,000.
      assertThat(index.matchedWinners()).isEqualTo(250_000);
      long[] block = new long[keys];
      assertThat(index.pendingOrdinals().next(block)).isEqualTo(50_000);
      assertThat(Arrays.copyOf(block, 50_000))
          .isEqualTo(LongStream.range(250_000, 300_000).toArray());
    }
  }

  @Test
  void findsNothingThatIsNotThereBehindTheFilter() {
    long[] distinct = new SplittableRandom(7).longs(300_000).toArray();
    long[] absent = new SplittableRandom(8).longs(300_000).toArray();
    try (KeyIndex index = buildLarge(distinct)) {
      assertThat(probe(index, absent, 0, absent.length)).isZero();
      assertThat(probe(index, distinct, 0, distinct.length)).isEqualTo(distinct.length);
      assertThat(index.pendingCount()).isZero();
    }
  }

  @Test
  void givesBackEverythingWhereverTheBudgetRefuses() {
    long needed = peakOf(new MemoryBudget(64 << 20));
    int refused = 0;
    for (long limit = 1024; limit < needed; limit += 1024 + limit / 50) {
      MemoryBudget tight = new MemoryBudget(limit);
      try {
        peakOf(tight);
      } catch (MergeException.LimitExceeded expected) {
        assertThat(expected).hasMessageContaining("memory budget");
        refused++;
      }
      assertThat(tight.usedBytes()).as("charged after a limit of %s", limit).isZero();
    }
    assertThat(refused).isGreaterThan(100);
    assertThat(peakOf(new MemoryBudget(needed))).isEqualTo(needed);
  }

  /**
   * Builds and probes an index that holds every kind of memory there is, and returns the most it
   * took.
   */
  private static long peakOf(MemoryBudget limited) {
    KeyIndexConfig config =
        new KeyIndexConfig(
            List.of(ID, NAME),
            VERSION,
            DuplicatePolicy.LAST,
            NullKeyPolicy.MATCH,
            2,
            new SeededKeyHash(1));
    try (BufferAllocator own = BudgetedAllocator.open(limited, "test");
        KeyIndexBuilder builder = new KeyIndexBuilder(config, own, limited)) {
      for (int batch = 0; batch < 4; batch++) {
        addBatch(builder, batch, own);
      }
      try (KeyIndex index = builder.build(() -> {});
          KeyProbe probe = index.probe();
          FieldVector ids = Sample.vector(ID, List.of(1L, 2L), own);
          FieldVector names = Sample.vector(NAME, List.of(text("n1"), text("n1")), own)) {
        probe.probe(List.of(ids, names), 2);
        assertThat(probe.sourceRow(0)).isEqualTo(1);
        assertThat(probe.sourceRow(1)).isEqualTo(-1);
      }
    }
    return limited.peakBytes();
  }

  private static void addBatch(KeyIndexBuilder builder, int batch, BufferAllocator own) {
    int rows = 2000;
    List<Object> ids = new ArrayList<>();
    List<Object> names = new ArrayList<>();
    List<Object> versions = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      long id = (long) batch * rows + row;
      ids.add(id);
      names.add(text("n" + id));
      versions.add(text("v" + id % 3));
    }
    try (FieldVector idVector = Sample.vector(ID, ids, own);
        FieldVector nameVector = Sample.vector(NAME, names, own);
        FieldVector versionVector = Sample.vector(VERSION, versions, own)) {
      builder.add(
          List.of(idVector, nameVector),
          versionVector,
          rows,
          (long) batch * rows,
          row -> row % 5 == 2);
    }
  }

  private KeyIndexBuilder builder(DuplicatePolicy duplicates, NullKeyPolicy nulls) {
    return new KeyIndexBuilder(
        KeyIndexConfig.of(List.of(ID), null, duplicates, nulls), allocator, budget);
  }

  private KeyIndex build(DuplicatePolicy duplicates, NullKeyPolicy nulls, @Nullable Long... keys) {
    try (KeyIndexBuilder builder = builder(duplicates, nulls);
        FieldVector vector = Sample.vector(ID, Arrays.asList(keys), allocator)) {
      builder.add(List.of(vector), null, keys.length, 0, RowMarks.NONE);
      return builder.build(() -> {});
    }
  }

  private KeyIndex buildOrdered(List<Long> keys, List<@Nullable String> versions) {
    KeyIndexConfig config =
        KeyIndexConfig.of(List.of(ID), VERSION, DuplicatePolicy.FAIL, NullKeyPolicy.MATCH);
    List<@Nullable Object> texts = new ArrayList<>();
    versions.forEach(version -> texts.add(version == null ? null : text(version)));
    try (KeyIndexBuilder builder = new KeyIndexBuilder(config, allocator, budget);
        FieldVector keyVector = Sample.vector(ID, keys, allocator);
        FieldVector orderVector = Sample.vector(VERSION, texts, allocator)) {
      builder.add(List.of(keyVector), orderVector, keys.size(), 0, RowMarks.NONE);
      return builder.build(() -> {});
    }
  }

  private KeyIndex buildLarge(long[] keys) {
    try (KeyIndexBuilder builder = builder(DuplicatePolicy.FAIL, NullKeyPolicy.MATCH)) {
      for (int from = 0; from < keys.length; from += 10_000) {
        try (FieldVector vector = numbers(keys, from, from + 10_000)) {
          builder.add(List.of(vector), null, 10_000, from, RowMarks.NONE);
        }
      }
      return builder.build(() -> {});
    }
  }

  private FieldVector numbers(long[] keys, int from, int to) {
    return Sample.vector(
        ID, LongStream.of(Arrays.copyOfRange(keys, from, to)).boxed().toList(), allocator);
  }

  private long probe(KeyIndex index, long[] keys, int from, int to) {
    long found = 0;
    try (KeyProbe probe = index.probe()) {
      for (int start = from; start < to; start += 5000) {
        try (FieldVector vector = numbers(keys, start, start + 5000)) {
          probe.probe(List.of(vector), 5000);
        }
        for (int row = 0; row < 5000; row++) {
          found += probe.sourceRow(row) >= 0 ? 1 : 0;
        }
      }
    }
    return found;
  }

  private long winner(KeyIndex index, long key) {
    try (KeyProbe probe = index.probe();
        FieldVector vector = Sample.vector(ID, List.of(key), allocator)) {
      probe.probe(List.of(vector), 1);
      return probe.sourceRow(0);
    }
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
