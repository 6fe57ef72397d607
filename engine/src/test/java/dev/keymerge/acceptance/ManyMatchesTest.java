package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.KeyMethod;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.duckdb.DuckDb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Merges where all keys of the source are in memory but a list of the target rows that match,
 * twelve bytes for each, is larger than the whole heap: it goes to disk, and nothing else changes.
 */
class ManyMatchesTest {
  private static final long MIB = 1 << 20;
  private static final int ROWS = 1_200_000;
  private static final int DUPLICATES = 1_000;
  private static final int KEPT = 100;
  private static final long LITTLE_HEAP = 12 * MIB;
  private static final long NATIVE = 192 * MIB;
  private static final PoolLimits LITTLE = PoolLimits.separate(LITTLE_HEAP, NATIVE);
  private static final PoolLimits PLENTY = PoolLimits.separate(256 * MIB, NATIVE);
  private static final int MATCH_BYTES = 12;

  @TempDir private static Path directory;

  /** Says what is merged into what. */
  private enum Scene {
    /** One key in every row of one file, and again and again in the source. */
    ONE_KEY(Strategy.UPSERT, 1, "0", "0", DUPLICATES),
    /** Every row matches another row of a source in another order. */
    SHUFFLED(Strategy.UPDATE, 1, "i", "i", ROWS),
    /** The source lacks all rows but a few, which go. */
    ABSENT(Strategy.SYNC, 1, "i", "i", KEPT),
    /** The source asks for most rows to go, out of several files. */
    DELETED(Strategy.DELETE, 3, "i // 4", "i", ROWS / 4 - KEPT);

    private final Strategy strategy;
    private final int files;
    private final String key;
    private final String sourceKey;
    private final int sourceRows;

    Scene(Strategy strategy, int files, String key, String sourceKey, int sourceRows) {
      this.strategy = strategy;
      this.files = files;
      this.key = key;
      this.sourceKey = sourceKey;
      this.sourceRows = sourceRows;
    }

    private Path before() {
      return directory.resolve("before-" + this);
    }

    private Path source() {
      return directory.resolve("source-" + this + ".parquet");
    }

    private long updated() {
      return switch (this) {
        case ONE_KEY, SHUFFLED -> ROWS;
        case ABSENT -> KEPT;
        case DELETED -> 0;
      };
    }

    private long deleted() {
      return switch (this) {
        case ONE_KEY, SHUFFLED -> 0;
        case ABSENT -> ROWS - KEPT;
        case DELETED -> ROWS - 4 * KEPT;
      };
    }
  }

  @BeforeAll
  static void writeTables() throws IOException {
    try (DuckDb database = DuckDb.open()) {
      for (Scene scene : Scene.values()) {
        Files.createDirectory(scene.before());
        for (int file = 0; file < scene.files; file++) {
          String rows =
              "SELECT CAST(%s AS INTEGER) AS id, i %% 7 AS number FROM range(%d, %d) t(i)"
                  .formatted(scene.key, ROWS * file / scene.files, ROWS * (file + 1) / scene.files);
          copy(database, rows, scene.before().resolve(file + ".parquet"));
        }
        String changes =
            "SELECT CAST(%s AS INTEGER) AS id, 7 + i %% 5 AS number FROM range(%d) t(i)"
                .formatted(scene.sourceKey, scene.sourceRows);
        copy(database, changes + " ORDER BY hash(i)", scene.source());
      }
    }
  }

  private static void copy(DuckDb database, String query, Path to) {
    database.run(
        "COPY (%s) TO %s (FORMAT parquet, ROW_GROUP_SIZE 61440)"
            .formatted(query, DuckDb.text(to.toString())));
  }

  @ParameterizedTest
  @EnumSource
  void aListOfMatchesLargerThanTheHeapGoesToDisk(Scene scene) throws IOException {
    long matches = scene.updated() + scene.deleted();
    assertThat(matches * MATCH_BYTES).isGreaterThan(LITTLE_HEAP);

    Path usual = copyOf(scene);
    MergeResult inMemory = merge(scene, usual, PLENTY, 1, RunMode.MERGE);
    assertThat(inMemory.updated()).isEqualTo(scene.updated());
    assertThat(inMemory.deleted()).isEqualTo(scene.deleted());
    DirectoryState expected = DirectoryState.content(usual);
    for (int threads = 1; threads <= scene.files; threads += 2) {
      Path target = copyOf(scene);
      MergeResult rehearsal = merge(scene, target, LITTLE, threads, RunMode.DRY_RUN);
      MergeResult result = merge(scene, target, LITTLE, threads, RunMode.MERGE);
      assertThat(result.keyMethod()).isEqualTo(KeyMethod.IN_MEMORY);
      assertThat(result.bytesSpilled()).isGreaterThanOrEqualTo(matches * MATCH_BYTES * 9 / 10);
      for (MergeResult each : new MergeResult[] {rehearsal, result}) {
        assertThat(each.updated()).isEqualTo(scene.updated());
        assertThat(each.deleted()).isEqualTo(scene.deleted());
      }
      assertThat(DirectoryState.content(target)).as("%s threads", threads).isEqualTo(expected);
      Trees.delete(target);
    }
    Trees.delete(usual);
  }

  private static Path copyOf(Scene scene) throws IOException {
    Path target = Files.createTempDirectory(directory, "target");
    try (Stream<Path> files = Files.list(scene.before())) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(file.getFileName()));
      }
    }
    return target;
  }

  private static MergeResult merge(
      Scene scene, Path target, PoolLimits limits, int threads, RunMode mode) {
    MemoryBudget budget = new MemoryBudget(limits);
    Tuning tuning = Tuning.of(threads);
    try (MergeRunner runner = new MergeRunner(budget, new LocalStorage(), tuning, 1)) {
      return runner.run(
          MergeRequest.builder()
              .source(Source.parquet(scene.source()))
              .target(scene.files == 1 ? target.resolve("0.parquet") : target)
              .keyColumns("id")
              .onDuplicate(DuplicatePolicy.LAST)
              .strategy(scene.strategy)
              .build(),
          null,
          mode);
    } finally {
      assertThat(budget.usedBytes()).isZero();
    }
  }
}
