package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergeHandle;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.ScanJob;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.PoolLimits;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.duckdb.DuckDb;
import dev.keymerge.testdata.duckdb.DuckDbOracle;
import dev.keymerge.testdata.duckdb.LargeTables;
import dev.keymerge.testdata.duckdb.MergeQuestion;
import dev.keymerge.testdata.reference.MergeRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs many merges of different tables at once in one engine that has as much memory as the program
 * has within 256 MB, beside scans that are read and scans that are not: every merge comes to its
 * end with the rows that DuckDB finds.
 */
@Timeout(600)
class ManyMergesTest {
  private static final long MIB = 1 << 20;

  /** What the launcher grants of 256 MB. */
  private static final PoolLimits LIMITS = new PoolLimits(44 * MIB, 66 * MIB, 110 * MIB);

  private static final int THREADS = 2;
  private static final int FILES = 3;

  /** A hundred pages, which take a third of the heap. */
  private static final int READ_ROWS = 6_000;

  /** Room for far fewer keys than there are. */
  private static final long INDEX_BYTES = 1 * MIB;

  private final MemoryBudget budget = new MemoryBudget(LIMITS);
  private final DuckDb database = DuckDb.open();
  private final LargeTables tables = new LargeTables(database);

  @TempDir private Path directory;

  private MergeRunner runner = runner(1);

  @BeforeEach
  void startWithRoomForEight() {
    runner = runner(8);
  }

  private MergeRunner runner(int concurrentMerges) {
    Tuning tuning = Tuning.of(THREADS).withIndexBytes(INDEX_BYTES);
    return new MergeRunner(budget, new LocalStorage(), tuning, concurrentMerges);
  }

  @AfterEach
  void closeAll() {
    runner.close();
    database.close();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void eightMergesShareALittleMemory() throws IOException, InterruptedException {
    List<Scene> scenes = eightScenes();
    List<MergeResult> results = mergeAtOnce(scenes);

    assertThat(results).anyMatch(result -> result.spilledPartitions() > 0);
    assertThat(budget.peakBytes(MemoryKind.HEAP)).isLessThanOrEqualTo(LIMITS.heapBytes());
    assertThat(budget.peakBytes(MemoryKind.NATIVE)).isLessThanOrEqualTo(LIMITS.nativeBytes());
    for (Scene scene : scenes) {
      check(scene);
    }
  }

  @Test
  void mergesDoNotWaitForScansThatNobodyReads() throws IOException, InterruptedException {
    Path read = directory.resolve("read");
    tables.write((first, end) -> LargeTables.hundredColumns(first, end, 0), READ_ROWS, 1, read);
    List<Scene> scenes = eightScenes().subList(0, 3);
    List<ScanJob> scans = new ArrayList<>();
    try {
      for (int scan = 0; scan < 2; scan++) {
        ScanJob opened = runner.scan(read.toString(), List.of());
        scans.add(opened);
        assertThat(opened.next()).isTrue();
      }
      List<Long> rowsBefore = scans.stream().map(scan -> scan.progress().rowsDone()).toList();
      List<Object> valuesBefore = scans.stream().map(ManyMergesTest::firstKey).toList();
      long heldBefore = budget.usedBytes(MemoryKind.HEAP);
      mergeAtOnce(scenes);

      assertThat(budget.usedBytes(MemoryKind.HEAP)).isLessThan(heldBefore / 2);
      // A chunk is its reader's, whatever others need, and the scans go on from there.
      assertThat(scans.stream().map(ManyMergesTest::firstKey)).isEqualTo(valuesBefore);
      for (int scan = 0; scan < scans.size(); scan++) {
        assertThat(readOn(scans.get(scan), rowsBefore.get(scan))).isEqualTo(READ_ROWS);
      }
    } finally {
      scans.forEach(ScanJob::close);
    }
    for (Scene scene : scenes) {
      check(scene);
    }
  }

  @Test
  void scansAreReadWhileMergesWork() throws IOException, InterruptedException {
    Path read = directory.resolve("read");
    tables.write((first, end) -> LargeTables.hundredColumns(first, end, 0), READ_ROWS, 1, read);
    List<Scene> scenes = eightScenes().subList(0, 3);
    StallDetector stalls = new StallDetector();
    List<MergeHandle> handles = submit(scenes, stalls);
    int scans = 0;
    do {
      try (ScanJob scan = runner.scan(read.toString(), List.of())) {
        assertThat(readOn(scan, 0)).isEqualTo(READ_ROWS);
        scans++;
      }
    } while (!handles.stream().allMatch(MergeHandle::done));
    stalls.awaitAll(handles);
    assertThat(scans).isPositive();
    for (MergeHandle handle : handles) {
      assertThat(handle.await().updated()).isPositive();
    }
    for (Scene scene : scenes) {
      check(scene);
    }
  }

  private static Object firstKey(ScanJob scan) {
    return scan.chunk().getVector("id").getObject(0);
  }

  /** Reads to the end and returns how many rows there were, whose keys are their numbers. */
  private static long readOn(ScanJob scan, long rows) {
    long next = rows;
    while (scan.next()) {
      for (int row = 0; row < scan.chunk().getRowCount(); row++) {
        assertThat(scan.chunk().getVector("id").getObject(row)).isEqualTo(next);
        next++;
      }
    }
    return next;
  }

  /**
   * Names the files of one merge.
   *
   * @param before what the target was, files and all
   */
  private record Scene(Path before, Path source, Path target, String[] key) {
    MergeRequest request() {
      return MergeRequest.builder()
          .source(Source.parquet(source))
          .target(target)
          .keyColumns(key)
          .build();
    }
  }

  private List<Scene> eightScenes() throws IOException {
    List<Scene> scenes = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      int rows = 90_000 + 20_000 * round;
      scenes.add(
          scene(
              (first, end) -> LargeTables.fourIntegers(first, end, 0),
              rows,
              LargeTables.fourIntegers(rows / 2, rows + rows / 2, 1),
              "id"));
      scenes.add(
          scene(
              LargeTables::lineItems,
              rows / 3,
              LargeTables.lineItemChanges(rows / 3, 300),
              "l_orderkey",
              "l_linenumber"));
      scenes.add(
          scene(
              (first, end) -> LargeTables.uuids(first, end, 0),
              rows / 2,
              LargeTables.uuids(rows / 4, rows / 2 + rows / 4, 1),
              "id"));
      scenes.add(
          scene(
              (first, end) -> LargeTables.hundredColumns(first, end, 0),
              rows / 30,
              LargeTables.hundredColumns(0, rows / 30, 1),
              "id"));
    }
    return scenes;
  }

  private Scene scene(LargeTables.Rows rows, int count, String source, String... key)
      throws IOException {
    Path place = Files.createTempDirectory(directory, "scene");
    Scene scene =
        new Scene(
            place.resolve("before"), place.resolve("source.parquet"), place.resolve("target"), key);
    tables.write(rows, count, FILES, scene.before());
    tables.write(source, scene.source());
    Files.createDirectory(scene.target());
    for (Path file : files(scene.before())) {
      // A merge replaces files and changes none.
      Files.createLink(scene.target().resolve(file.getFileName()), file);
    }
    return scene;
  }

  private List<MergeHandle> submit(List<Scene> scenes, StallDetector stalls) {
    List<MergeHandle> handles = new ArrayList<>();
    for (Scene scene : scenes) {
      handles.add(runner.submit(scene.request(), stalls.listener(), RunMode.MERGE));
    }
    return handles;
  }

  private List<MergeResult> mergeAtOnce(List<Scene> scenes) throws InterruptedException {
    StallDetector stalls = new StallDetector();
    List<MergeHandle> handles = submit(scenes, stalls);
    stalls.awaitAll(handles);
    List<MergeResult> results = new ArrayList<>();
    for (MergeHandle handle : handles) {
      results.add(handle.await());
    }
    return results;
  }

  private static void check(Scene scene) throws IOException {
    MergeQuestion question =
        new MergeQuestion(
            files(scene.before()), List.of(scene.source()), MergeRules.upsert(scene.key()));
    try (DuckDbOracle oracle = DuckDbOracle.open(question)) {
      assertThat(oracle.difference(files(scene.target())))
          .isEqualTo(new DuckDbOracle.Difference(0, 0));
    }
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }
}
