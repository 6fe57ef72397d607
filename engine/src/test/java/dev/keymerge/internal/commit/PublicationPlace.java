package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.FaultyStorage;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.SnapshotReader;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Holds a target on disk and what publishing into it takes; closing checks the memory. */
final class PublicationPlace implements AutoCloseable {
  private static final TableSchema SCHEMA =
      TableSchema.of(Column.required("id", LogicalType.INT64));

  final FaultyStorage storage = new FaultyStorage(new LocalStorage());
  final MemoryBudget budget = new MemoryBudget(100_000_000);
  final Path home;
  Path target;
  private final ParquetMemory memory = new ParquetMemory(budget, "test");
  private final MemoryReservation kept = budget.open("test");
  private final Map<String, byte[]> written = new HashMap<>();
  private final Path scratch;
  private @Nullable Snapshot snapshot;
  private @Nullable PublicationPlan staged;

  PublicationPlace(Path temporary) throws IOException {
    scratch = temporary.resolve("scratch");
    home = temporary.toRealPath().resolve("home");
    target = home.resolve("table");
    Files.createDirectories(home);
  }

  @Override
  public void close() {
    memory.close();
    kept.close();
    assertThat(budget.usedBytes()).isZero();
  }

  StagingArea stage(PublicationScene scene) throws IOException {
    Snapshot taken =
        new SnapshotReader(storage, memory, kept, () -> {}).read(path(target), List.of());
    StagingArea staging = StagingArea.create(storage, taken);
    snapshot = taken;
    staged = scene.plan(this, staging);
    return staging;
  }

  Publication publication(StagingArea staging) {
    return publication(staging, plan());
  }

  Publication publication(StagingArea staging, PublicationPlan plan) {
    CommitResources resources = new CommitResources(storage, budget, memory, () -> {});
    return new Publication(resources, snapshot, staging, plan);
  }

  /** Publishes {@code scene}, and keeps the previous version for {@code keep}. */
  void publish(PublicationScene scene, Duration keep) throws IOException {
    try (StagingArea staging = stage(scene)) {
      publication(staging, keeping(plan(), keep)).publish(() -> {});
    }
  }

  /** Returns the same plan with another time for which the previous version is kept. */
  static PublicationPlan keeping(PublicationPlan plan, Duration keep) {
    return new PublicationPlan(plan.changes(), plan.rows(), plan.strategy(), keep);
  }

  /** Returns what was staged last. */
  PublicationPlan plan() {
    return Objects.requireNonNull(staged);
  }

  StagedFile stagedFile(StagingArea staging, String name, long firstId, int rows)
      throws IOException {
    try (StorageOutput output = staging.create(name)) {
      output.write(ByteBuffer.wrap(bytes(firstId, rows)));
      output.sync();
      return new StagedFile(output.path(), rows);
    }
  }

  void write(Path file, long firstId, int rows) {
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, bytes(firstId, rows));
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private byte[] bytes(long firstId, int rows) {
    return written.computeIfAbsent(
        firstId + " " + rows,
        key -> {
          List<@Nullable Object[]> table = new ArrayList<>();
          for (int row = 0; row < rows; row++) {
            table.add(new Object[] {firstId + row});
          }
          try {
            Files.deleteIfExists(scratch);
            ParquetTableWriter.write(scratch, SCHEMA, table, ParquetLayout.standard());
            return Files.readAllBytes(scratch);
          } catch (IOException failure) {
            throw new AssertionError(failure);
          }
        });
  }

  long rows(Path dataset) {
    return new SnapshotReader(new LocalStorage(), memory, kept, () -> {})
        .read(path(dataset), List.of())
        .rows();
  }

  StoragePath inTarget(String name) {
    return path(target.resolve(name));
  }

  static StoragePath path(Path path) {
    return new StoragePath(path.toString());
  }

  /**
   * Returns everything that a reader sees below a directory: names and, for files, bytes; empty
   * directories too.
   */
  static Map<String, String> contents(Path directory) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    if (!Files.exists(directory)) {
      return contents;
    }
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        String name = directory.relativize(path).toString();
        if (!name.contains("_keymerge")) {
          contents.put(name, HexFormat.of().formatHex(Files.readAllBytes(path)));
        }
      }
    }
    return contents;
  }

  /** Returns the private files, relative to where the test's files are. */
  List<String> hidden() throws IOException {
    try (Stream<Path> paths = Files.walk(home)) {
      return paths
          .filter(Files::isRegularFile)
          .map(path -> home.relativize(path).toString())
          .filter(name -> name.contains("_keymerge"))
          .toList();
    }
  }

  Recovery recovery() {
    return new Recovery(
        storage,
        budget,
        staging -> {
          storage.deleteTree(staging);
          return true;
        });
  }

  /** Returns what a publication without faults leaves. */
  Map<String, String> published(PublicationScene scene) throws IOException {
    startAnew();
    scene.prepare(this);
    try (StagingArea staging = stage(scene)) {
      publication(staging).publish(() -> {});
    }
    return contents(home);
  }

  void startAnew() throws IOException {
    try (Stream<Path> paths = Files.walk(home)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    Files.createDirectories(home);
  }
}
