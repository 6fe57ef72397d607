package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.MergeHandle;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.Strategy;
import dev.keymerge.internal.job.MergeRunner;
import dev.keymerge.internal.job.RunMode;
import dev.keymerge.internal.job.Tuning;
import dev.keymerge.internal.job.Tuning.Pruning;
import dev.keymerge.internal.job.Tuning.Values;
import dev.keymerge.internal.key.SeededKeyHash;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.storage.CrashStorage;
import dev.keymerge.internal.storage.FaultyStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageFault;
import dev.keymerge.testdata.arrow.ArrowLayout;
import dev.keymerge.testdata.arrow.ArrowTableWriter;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Sets up a small dataset in memory and changes it in one way: a merge of some strategy, or an
 * undo. Every run from the start does the same operations in the same order.
 *
 * @param name for messages
 * @param start what is there before; never changed
 * @param target the dataset
 * @param change what is done to it
 */
record CommitScene(String name, CrashStorage start, String target, Change change) {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("name", LogicalType.STRING));
  private static final String TABLE = "/data/table";
  private static final String ONE_FILE = "/data/one.parquet";
  private static final String CHANGES = "/source/changes.parquet";
  private static final Duration LONG = Duration.ofDays(1_000);
  private static final int FILE_ROWS = 4;
  private static final int CANCELLED = 130;
  private static final long MEMORY_BYTES = 64L << 20;

  /** Room for less than the tables of all keys. */
  private static final long LITTLE_BYTES = 3_000;

  /** Does something to a dataset. */
  sealed interface Change {
    void run(MergeRunner runner, String target);

    /** Returns the settings of the engine that does it. */
    default Tuning tuning() {
      return Tuning.of(1);
    }
  }

  /** Says what is special about a merge. */
  private enum Manner {
    USUAL,
    /** Keys and values go to disk in between. */
    SPILLED,
    /** The source comes as a stream, and is staged. */
    STREAMED,
    /** What an interrupted merge has finished is taken up. */
    RESUMED
  }

  /** Merges; doing it twice comes to the same as doing it once. */
  private record Merge(Strategy strategy, Duration keepPrevious, Manner manner) implements Change {
    @Override
    public void run(MergeRunner runner, String target) {
      MergeResult result = merge(runner, request(target));
      assertThat(result.spilledPartitions() > 0).isEqualTo(manner == Manner.SPILLED);
    }

    MergeResult merge(MergeRunner runner, MergeRequest.Builder request) {
      return runner.run(request.build(), null, RunMode.MERGE);
    }

    private MergeRequest.Builder request(String target) {
      MergeRequest.Builder request =
          MergeRequest.builder()
              .source(manner == Manner.STREAMED ? stream() : Source.parquet(CHANGES))
              .target(target)
              .keyColumns("id")
              .strategy(strategy)
              .keepPrevious(keepPrevious);
      return manner == Manner.RESUMED ? request.resume() : request;
    }

    private static Source stream() {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        ArrowTableWriter.write(bytes, SCHEMA, changes(), ArrowLayout.stream());
      } catch (IOException impossible) {
        throw new UncheckedIOException(impossible);
      }
      return Source.arrowStream(new ByteArrayInputStream(bytes.toByteArray()));
    }

    @Override
    public Tuning tuning() {
      Tuning spilling =
          new Tuning(1, 2, 1, Pruning.ON, Values.SCATTERED, new SeededKeyHash(1))
              .withIndexBytes(LITTLE_BYTES);
      return manner == Manner.SPILLED ? spilling : Tuning.of(1);
    }
  }

  /** Takes the last merge back. */
  private record Undo() implements Change {
    @Override
    public void run(MergeRunner runner, String target) {
      runner.undo(target);
    }
  }

  /** Returns one scene for every strategy, kind of target and way of keeping what was there. */
  static List<CommitScene> all(Path temporary) throws IOException {
    List<CommitScene> scenes = new ArrayList<>();
    for (Strategy strategy : Strategy.values()) {
      scenes.add(
          new CommitScene(
              strategy + " into a directory",
              directory(temporary),
              TABLE,
              merge(strategy, Duration.ZERO)));
    }
    scenes.add(
        new CommitScene(
            "upsert into one file",
            oneFile(temporary),
            ONE_FILE,
            merge(Strategy.UPSERT, Duration.ZERO)));
    scenes.add(
        new CommitScene(
            "upsert into a new directory",
            source(temporary),
            "/data/deep/new",
            merge(Strategy.UPSERT, Duration.ZERO)));
    scenes.add(
        new CommitScene(
            "upsert into a new file",
            source(temporary),
            "/data/new.parquet",
            merge(Strategy.UPSERT, Duration.ZERO)));
    Change spilled = new Merge(Strategy.SYNC, Duration.ZERO, Manner.SPILLED);
    scenes.add(new CommitScene("sync with keys on disk", directory(temporary), TABLE, spilled));
    Change streamed = new Merge(Strategy.UPSERT, Duration.ZERO, Manner.STREAMED);
    scenes.add(new CommitScene("upsert of a stream", directory(temporary), TABLE, streamed));
    scenes.add(resumed(temporary));
    scenes.addAll(keeping(temporary));
    return scenes;
  }

  /** Returns a merge that takes up another one, which failed at its last file. */
  private static CommitScene resumed(Path temporary) throws IOException {
    String name = "resumed upsert";
    Merge merge = new Merge(Strategy.UPSERT, Duration.ZERO, Manner.RESUMED);
    CommitScene whole = new CommitScene(name, directory(temporary), TABLE, merge);
    FaultyStorage counting = new FaultyStorage(whole.fresh());
    counting.count();
    whole.run(counting);
    int last = 0;
    for (int number = 0; number < counting.operations().size(); number++) {
      String operation = counting.operations().get(number);
      if (operation.startsWith("create ") && operation.endsWith(".staged")) {
        last = number;
      }
    }
    CrashStorage left = whole.fresh();
    FaultyStorage failing = new FaultyStorage(left);
    failing.arm(last, StorageFault.INPUT_OUTPUT);
    assertThatThrownBy(() -> whole.run(failing)).isInstanceOf(MergeException.InputOutput.class);
    CommitScene resumed = new CommitScene(name, left.rebooted(), TABLE, merge);
    with(
        resumed.fresh(),
        merge.tuning(),
        runner ->
            assertThat(merge.merge(runner, merge.request(TABLE)).filesResumed()).isPositive());
    return resumed;
  }

  private static List<CommitScene> keeping(Path temporary) throws IOException {
    List<CommitScene> scenes = new ArrayList<>();
    Change keepingSync = merge(Strategy.SYNC, LONG);
    Change keepingUpsert = merge(Strategy.UPSERT, LONG);
    scenes.add(new CommitScene("kept sync", directory(temporary), TABLE, keepingSync));
    scenes.add(new CommitScene("kept upsert", oneFile(temporary), ONE_FILE, keepingUpsert));
    scenes.add(new CommitScene("kept new", source(temporary), "/data/new", keepingUpsert));
    for (CommitScene kept : List.copyOf(scenes)) {
      CrashStorage merged = kept.fresh();
      kept.run(merged);
      scenes.add(
          new CommitScene("undo of " + kept.name, merged.rebooted(), kept.target, new Undo()));
    }
    return scenes;
  }

  private static Change merge(Strategy strategy, Duration keepPrevious) {
    return new Merge(strategy, keepPrevious, Manner.USUAL);
  }

  /** Holds the keys 0 to 11 in three files, the last of them in a directory of its own. */
  private static CrashStorage directory(Path temporary) throws IOException {
    CrashStorage storage = source(temporary);
    storage.put(TABLE + "/a.parquet", parquet(temporary, 0, FILE_ROWS, "old"));
    storage.put(TABLE + "/b.parquet", parquet(temporary, FILE_ROWS, 2 * FILE_ROWS, "old"));
    storage.put(TABLE + "/sub/c.parquet", parquet(temporary, 2 * FILE_ROWS, 3 * FILE_ROWS, "old"));
    return storage;
  }

  private static CrashStorage oneFile(Path temporary) throws IOException {
    CrashStorage storage = source(temporary);
    storage.put(ONE_FILE, parquet(temporary, 0, 3 * FILE_ROWS, "old"));
    return storage;
  }

  /** Changes the rows 2 to 5, of two files, and adds 20 to 23. */
  private static CrashStorage source(Path temporary) throws IOException {
    CrashStorage storage = new CrashStorage();
    storage.put(CHANGES, parquet(temporary, changes()));
    storage.put("/data/beside.txt", new byte[] {1});
    return storage;
  }

  private static List<Object[]> changes() {
    List<Object[]> rows = new ArrayList<>(rows(2, 6, "new"));
    rows.addAll(rows(20, 24, "added"));
    return rows;
  }

  private static byte[] parquet(Path temporary, long from, long to, String text)
      throws IOException {
    return parquet(temporary, rows(from, to, text));
  }

  private static List<Object[]> rows(long from, long to, String text) {
    List<Object[]> rows = new ArrayList<>();
    for (long id = from; id < to; id++) {
      rows.add(new Object[] {id, text + " " + id});
    }
    return rows;
  }

  private static byte[] parquet(Path temporary, List<Object[]> rows) throws IOException {
    Path file = Files.createTempFile(temporary, "scene", ".parquet");
    Files.delete(file);
    ParquetTableWriter.write(file, SCHEMA, rows, ParquetLayout.standard());
    byte[] bytes = Files.readAllBytes(file);
    Files.delete(file);
    return bytes;
  }

  /** Returns a copy of the start, to be changed. */
  CrashStorage fresh() {
    return start.rebooted();
  }

  /** Does the change. */
  void run(Storage storage) {
    with(storage, change.tuning(), runner -> change.run(runner, target));
  }

  /**
   * Merges, and cancels that when {@code operation} others have begun.
   *
   * @return whether it was done all the same
   */
  boolean mergeCancelledAt(FaultyStorage storage, int operation) {
    boolean[] done = new boolean[1];
    if (change instanceof Merge merge) {
      CompletableFuture<MergeHandle> handle = new CompletableFuture<>();
      storage.at(operation, () -> handle.join().cancel());
      with(
          storage,
          merge.tuning(),
          runner -> {
            handle.complete(runner.submit(merge.request(target).build(), null, RunMode.MERGE));
            try {
              done[0] = handle.join().await() != null;
            } catch (MergeException.Cancelled cancelled) {
              assertThat(cancelled.exitCode()).isEqualTo(CANCELLED);
            } catch (InterruptedException nobody) {
              throw new AssertionError(nobody);
            }
          });
    }
    return done[0];
  }

  /**
   * Returns whether a merge that is cancelled may leave something for others to find or remove:
   * what it has finished, or the empty directory of previous versions.
   */
  boolean leavesPrivateThings() {
    return change instanceof Merge merge
        && (merge.manner == Manner.RESUMED || !merge.keepPrevious.isZero());
  }

  /** Returns whether an interrupted change is simply done again, as a merge is. */
  boolean isMerge() {
    return change instanceof Merge;
  }

  /** Takes an interrupted merge up where it was. */
  void resume(Storage storage) {
    if (change instanceof Merge merge) {
      with(storage, merge.tuning(), runner -> merge.merge(runner, merge.request(target).resume()));
    }
  }

  /** Settles what an interrupted change has left. */
  void recover(Storage storage) {
    with(storage, Tuning.of(1), runner -> runner.recover(target));
  }

  /** Runs something on an engine of its own, of which nothing must be left. */
  private static void with(Storage storage, Tuning tuning, Consumer<MergeRunner> action) {
    MemoryBudget budget = new MemoryBudget(MEMORY_BYTES);
    try (MergeRunner runner = new MergeRunner(budget, storage, tuning, 1)) {
      action.accept(runner);
    } finally {
      assertThat(budget.usedBytes()).as("memory is left").isZero();
    }
  }

  /** Returns all that stands, and counts, on the storage before the change, or once it failed. */
  List<String> placesBefore() {
    CrashStorage storage = fresh();
    recover(storage);
    return places(storage);
  }

  /** Returns all that stands on a storage that counts. */
  List<String> places(CrashStorage storage) {
    return DatasetImage.places(storage, target, start);
  }

  /** Returns what readers of the dataset see. */
  DatasetImage image(CrashStorage storage) {
    return DatasetImage.of(storage, target);
  }

  @Override
  public String toString() {
    return name;
  }
}
