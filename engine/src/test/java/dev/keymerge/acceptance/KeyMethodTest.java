package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.KeyMethod;
import dev.keymerge.MemoryPressure;
import dev.keymerge.MergePhase;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.internal.job.EngineSettings;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.SpillSettings;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.job.Tuning.Overflow;
import dev.keymerge.internal.job.Tuning.Pruning;
import dev.keymerge.internal.job.Tuning.Values;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PressureSource;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.duckdb.DuckDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks which way keys go that memory does not hold, and that it never shows in the target. */
class KeyMethodTest {
  private static final int ROWS = 20_000;
  private static final int FILES = 3;
  private static final int ROW_GROUP_ROWS = 2_048;
  private static final int PARTITION_BITS = 4;
  private static final long KIB = 1 << 10;

  /** Holds about a fifth of the keys of a source of as many rows as the target has. */
  private static final long LITTLE_BYTES = 150 * KIB;

  @TempDir private static Path directory;

  /** Says in which order the target's rows stand. */
  private enum Order {
    /** By key; keys at the border of row groups and files stand on both sides. */
    SORTED("i // 3", "i * 9 // 10 // 3"),
    /** By the hash of the key. */
    SHUFFLED("i", "i * 9 // 10");

    private final String key;
    private final String changedKey;

    Order(String key, String changedKey) {
      this.key = key;
      this.changedKey = changedKey;
    }

    private Path before() {
      return directory.resolve("before-" + this);
    }
  }

  @BeforeAll
  static void writeTables() throws IOException {
    try (DuckDb database = DuckDb.open()) {
      for (Order order : Order.values()) {
        Files.createDirectory(order.before());
        for (int file = 0; file < FILES; file++) {
          String rows =
              "SELECT %s AS id, 'text ' || i AS name, i %% 97 AS number FROM range(%d, %d) t(i)"
                  .formatted(order.key, ROWS * file / FILES, ROWS * (file + 1) / FILES);
          String by = order == Order.SORTED ? "id" : "hash(id)";
          copy(database, rows + " ORDER BY " + by, order.before().resolve(file + ".parquet"));
        }
        // Many keys are new, and some rows repeat a key.
        String changes =
            "SELECT %s AS id, 'new ' || i AS name, i %% 89 AS number FROM range(%d, %d) t(i)"
                .formatted(order.changedKey, ROWS / 2, ROWS + ROWS / 2);
        copy(database, changes + " ORDER BY hash(i)", source(order));
      }
      String everything = "SELECT i AS id, 'new' AS name, 1 AS number FROM range(%d) t(i)";
      copy(database, everything.formatted(ROWS) + " ORDER BY hash(i + 5)", everything());
    }
  }

  private static void copy(DuckDb database, String query, Path to) {
    database.run(
        "COPY (%s) TO %s (FORMAT parquet, ROW_GROUP_SIZE %d)"
            .formatted(query, DuckDb.text(to.toString()), ROW_GROUP_ROWS));
  }

  private static Path source(Order order) {
    return directory.resolve("source-" + order + ".parquet");
  }

  private static Path everything() {
    return directory.resolve("everything.parquet");
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void everyMethodWritesTheSameBytes(Strategy strategy) throws IOException {
    for (Order order : Order.values()) {
      MergeRequest.Builder request =
          MergeRequest.builder()
              .source(Source.parquet(source(order)))
              .keyColumns("id")
              .onDuplicate(strategy == Strategy.SYNC ? DuplicatePolicy.FIRST : DuplicatePolicy.LAST)
              .strategy(strategy);
      DirectoryState expected = null;
      for (Overflow overflow : Overflow.values()) {
        Tuning tuning = tuning(1 + overflow.ordinal() % 2, LITTLE_BYTES).withOverflow(overflow);
        Path target = copyOf(order);
        MergeResult result = merge(request.target(target).build(), tuning, RunMode.MERGE);
        if (overflow != Overflow.AUTO) {
          assertThat(result.keyMethod()).isEqualTo(KeyMethod.valueOf(overflow.name()));
        }
        DirectoryState after = DirectoryState.content(target);
        if (expected == null) {
          expected = after;
        }
        assertThat(after).as("%s %s %s", strategy, order, tuning).isEqualTo(expected);
        Trees.delete(target);
      }
      Path target = copyOf(order);
      MergeResult inMemory =
          merge(request.target(target).build(), tuning(2, Tuning.AUTOMATIC), RunMode.MERGE);
      assertThat(inMemory.keyMethod()).isEqualTo(KeyMethod.IN_MEMORY);
      assertThat(DirectoryState.content(target)).as("%s", strategy).isEqualTo(expected);
      Trees.delete(target);
    }
  }

  @Test
  void aTargetInKeyOrderIsGoneThroughRangeByRange() throws IOException {
    MergeResult rehearsal = rehearse(source(Order.SORTED), Order.SORTED, LITTLE_BYTES);

    assertThat(rehearsal.keyMethod()).isEqualTo(KeyMethod.SORTED);
    assertThat(rehearsal.keyPasses()).isEqualTo(1);
  }

  @Test
  void aTargetInNoOrderIsJoinedInPartitionsIfLittleMemoryWouldTakeManyPasses() throws IOException {
    MergeResult rehearsal = rehearse(everything(), Order.SHUFFLED, LITTLE_BYTES);

    assertThat(rehearsal.keyMethod()).isEqualTo(KeyMethod.PARTITIONS);
    assertThat(rehearsal.keyPasses()).isEqualTo(1);
  }

  @Test
  void aTargetInNoOrderIsReadTwiceIfEverythingMatchesAndHalfOfTheKeysFit() throws IOException {
    Set<KeyMethod> seen = EnumSet.noneOf(KeyMethod.class);
    for (long bytes = 300 * KIB; bytes < 700 * KIB; bytes += 20 * KIB) {
      MergeResult rehearsal = rehearse(everything(), Order.SHUFFLED, bytes);
      seen.add(rehearsal.keyMethod());
      if (rehearsal.keyMethod() == KeyMethod.PASSES) {
        assertThat(rehearsal.keyPasses()).isBetween(2, 3);
      }
    }

    assertThat(seen).contains(KeyMethod.PASSES).doesNotContain(KeyMethod.SORTED);
  }

  @Test
  void keysGoToDiskWhileTheSourceIsReadIfMemoryIsScarceOutsideOfTheBudget() throws IOException {
    Tuning tuning =
        new Tuning(1, 1_000, 2, Pruning.ON, Values.AUTO, new SeededKeyHash(1))
            .withOverflow(Overflow.PARTITIONS);
    MergeRequest.Builder request =
        MergeRequest.builder()
            .source(Source.parquet(source(Order.SHUFFLED)))
            .keyColumns("id")
            .onDuplicate(DuplicatePolicy.LAST);
    Path usual = copyOf(Order.SHUFFLED);
    merge(request.target(usual).build(), tuning, RunMode.MERGE);
    DirectoryState expected = DirectoryState.content(usual);
    Trees.delete(usual);

    Path target = copyOf(Order.SHUFFLED);
    MemoryBudget budget = new MemoryBudget(96 << 20);
    EngineSettings settings =
        new EngineSettings(1, 1, EngineSettings.ALL_CPU, SpillSettings.DEFAULT);
    try (MergeRunner runner =
        new MergeRunner(budget, new LocalStorage(), tuning, settings, new CriticalFromTheStart())) {
      MergeResult result = runner.run(request.target(target).build(), null, RunMode.MERGE);

      assertThat(result.spilledPartitions()).isPositive();
      assertThat(result.keyMethod()).isEqualTo(KeyMethod.PARTITIONS);
      assertThat(DirectoryState.content(target)).isEqualTo(expected);
    }
    assertThat(budget.usedBytes()).isZero();
    Trees.delete(target);
  }

  /** Finds memory scarce, and takes a while for one batch of many, so that it is found again. */
  private static final class CriticalFromTheStart implements PressureSource {
    private static final int SLOW_BATCH = 30;
    private static final long SMALL_BATCH = 4 << 10;

    private final AtomicInteger batches = new AtomicInteger();

    @Override
    public MemoryPressure pressure() {
      return MemoryPressure.CRITICAL;
    }

    @Override
    public MemoryPressure outside() {
      return MemoryPressure.CRITICAL;
    }

    @Override
    public String explanation() {
      return "it is said to be scarce";
    }

    @Override
    public long adapt(long usual) {
      if (batches.incrementAndGet() == SLOW_BATCH) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(250));
      }
      return Math.min(usual, SMALL_BATCH);
    }
  }

  @Test
  void progressNeverGoesBackHoweverOftenTheTargetIsRead() throws IOException {
    List<Double> parts = Collections.synchronizedList(new ArrayList<>());
    Tuning tuning = tuning(1, LITTLE_BYTES).withOverflow(Overflow.PASSES);
    EngineSettings settings =
        new EngineSettings(1, 1, EngineSettings.ALL_CPU, SpillSettings.DEFAULT);
    MergeRequest request =
        MergeRequest.builder()
            .source(Source.parquet(everything()))
            .target(Order.SHUFFLED.before())
            .keyColumns("id")
            .build();
    MemoryBudget budget = new MemoryBudget(96 << 20);
    try (MergeRunner runner =
        new MergeRunner(budget, new LocalStorage(), tuning, settings, new SlowBatches())) {
      MergeResult result =
          runner.run(
              request,
              progress -> {
                if (progress.phase() == MergePhase.MERGING_FILES) {
                  parts.add((double) progress.rowsDone() / progress.rowsTotal());
                }
              },
              RunMode.DRY_RUN);
      assertThat(result.keyPasses()).isGreaterThan(2);
    }
    assertThat(parts)
        .isSorted()
        .hasSizeGreaterThan(2)
        .last()
        .satisfies(done -> assertThat(done).isPositive());
  }

  /** Has each batch of the target's keys take a while, so that a listener sees some of them. */
  private static final class SlowBatches implements PressureSource {
    @Override
    public MemoryPressure pressure() {
      return MemoryPressure.NORMAL;
    }

    @Override
    public MemoryPressure outside() {
      return MemoryPressure.NORMAL;
    }

    @Override
    public String explanation() {
      return "memory is not watched";
    }

    @Override
    public long adapt(long usual) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(8));
      return usual;
    }
  }

  private static MergeResult rehearse(Path source, Order order, long indexBytes) {
    return merge(
        MergeRequest.builder()
            .source(Source.parquet(source))
            .target(order.before())
            .keyColumns("id")
            .onDuplicate(DuplicatePolicy.LAST)
            .build(),
        tuning(2, indexBytes),
        RunMode.DRY_RUN);
  }

  private static Tuning tuning(int threads, long indexBytes) {
    return new Tuning(threads, 1_000, PARTITION_BITS, Pruning.ON, Values.AUTO, new SeededKeyHash(1))
        .withIndexBytes(indexBytes);
  }

  private static Path copyOf(Order order) throws IOException {
    Path target = directory.resolve("target");
    Files.createDirectory(target);
    try (Stream<Path> files = Files.list(order.before())) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    return target;
  }

  private static MergeResult merge(MergeRequest request, Tuning tuning, RunMode mode) {
    MemoryBudget budget = new MemoryBudget(96 << 20);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), tuning, 1)) {
      return runner.run(request, null, mode);
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }
}
