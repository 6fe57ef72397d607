package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keymerge.MergeException;
import dev.keymerge.internal.commit.StagedChange.Add;
import dev.keymerge.internal.commit.StagedChange.Remove;
import dev.keymerge.internal.commit.StagedChange.Replace;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.FaultyStorage;
import dev.keymerge.internal.storage.FaultyStorage.Effect;
import dev.keymerge.internal.storage.FaultyStorage.Extent;
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
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PublicationTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(Column.required("id", LogicalType.INT64));
  private static final Runnable GO_AHEAD = () -> {};

  private final FaultyStorage storage = new FaultyStorage(new LocalStorage());
  private final MemoryBudget budget = new MemoryBudget(100_000_000);
  private final ParquetMemory memory = new ParquetMemory(budget, "test");
  private final MemoryReservation kept = budget.open("test");
  @TempDir private Path temporary;
  Path home;
  Path target;
  private Snapshot snapshot;
  private PublicationPlan staged;

  @BeforeEach
  void makeRoom() throws IOException {
    home = temporary.toRealPath().resolve("home");
    target = home.resolve("table");
    Files.createDirectories(home);
  }

  @AfterEach
  void giveMemoryBack() {
    memory.close();
    kept.close();
    assertThat(budget.usedBytes()).isZero();
  }

  @Test
  void replacesAddsAndRemoves() throws IOException {
    PublicationScene scene = PublicationScene.DIRECTORY;
    scene.prepare(this);
    Map<String, String> before = contents(target);

    try (StagingArea staging = stage(scene)) {
      assertThat(contents(target)).isEqualTo(before);
      publication(staging).publish(GO_AHEAD);
    }

    assertThat(contents(target).keySet())
        .containsExactlyInAnyOrder("a.parquet", "c.parquet", "sub/d.parquet", "e/new.parquet");
    assertThat(rows(target)).isEqualTo(10 + 7 - 5);
    assertNothingElseIn(home, target);
  }

  @Test
  void touchesTheTargetOnlyAfterEveryCheck() throws IOException {
    PublicationScene scene = PublicationScene.DIRECTORY;
    scene.prepare(this);
    try (StagingArea staging = stage(scene)) {
      storage.arm(Integer.MAX_VALUE, Effect.NOT_DONE, Extent.ONE);
      publication(staging).publish(GO_AHEAD);

      List<String> operations = storage.operations();
      int firstRename = indexOf(operations, "replace ");
      int verification = indexOf(operations, "listDataFiles ");
      int namesSynced = indexOf(operations, "syncDirectory " + staging.directory());
      assertThat(operations.subList(firstRename, operations.size()))
          .noneMatch(operation -> operation.startsWith("open ") || operation.startsWith("read "));
      assertThat(namesSynced).isLessThan(verification);
      assertThat(verification).isLessThan(firstRename);
      assertThat(operations.subList(firstRename, operations.size()))
          .filteredOn(operation -> operation.startsWith("replace "))
          .map(operation -> operation.substring(operation.lastIndexOf('/') + 1))
          .containsExactly("a.parquet", "d.parquet", "new.parquet", "previous-3.staged");
      assertThat(operations.subList(operations.size() - 4, operations.size()))
          .containsExactlyInAnyOrder(
              "syncDirectory " + target,
              "syncDirectory " + target + "/sub",
              "syncDirectory " + target + "/e",
              "syncDirectory " + staging.directory());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "DIRECTORY,NOT_DONE",
    "DIRECTORY,DONE",
    "MISSING_DIRECTORY,NOT_DONE",
    "MISSING_DIRECTORY,DONE",
    "FILE,NOT_DONE",
    "FILE,DONE",
    "MISSING_FILE,NOT_DONE",
    "MISSING_FILE,DONE"
  })
  void isAllOrNothingWhateverOperationFails(PublicationScene scene, Effect effect)
      throws IOException {
    int operation = 0;
    boolean fired = true;
    while (fired) {
      startAnew();
      scene.prepare(this);
      Map<String, String> before = contents(home);
      Throwable failure;
      try (StagingArea staging = stage(scene)) {
        Publication publication = publication(staging);
        storage.arm(operation, effect, Extent.ONE);
        failure = catchThrowable(() -> publication.publish(GO_AHEAD));
        fired = storage.fired() > 0;
        storage.disarm();
      }
      if (fired) {
        assertThat(failure)
            .as("operation %d", operation)
            .isInstanceOf(MergeException.InputOutput.class)
            .hasMessageContaining("injected failure");
        assertThat(contents(home)).as("operation %d", operation).isEqualTo(before);
      } else {
        assertThat(failure).isNull();
        assertThat(contents(home)).isNotEqualTo(before);
      }
      assertNothingElseIn(home, target);
      operation++;
    }
    assertThat(operation).isGreaterThan(5);
  }

  @ParameterizedTest
  @EnumSource(Effect.class)
  void losesNoOriginalIfTheStorageFailsForGood(Effect effect) throws IOException {
    int unknown = 0;
    int operation = 0;
    boolean fired = true;
    while (fired) {
      startAnew();
      PublicationScene.DIRECTORY.prepare(this);
      Map<String, String> before = contents(home);
      StagingArea staging = stage(PublicationScene.DIRECTORY);
      Publication publication = publication(staging);
      storage.arm(operation, effect, Extent.ALL_FROM_THERE);
      Throwable failure = catchThrowable(() -> publication.publish(GO_AHEAD));
      fired = storage.fired() > 0;
      if (failure instanceof MergeException.OutcomeUnknown outcome) {
        unknown++;
        storage.disarm();
        staging.close();
        List<String> present = new ArrayList<>(contents(home).values());
        present.addAll(hidden(staging).values());
        assertThat(present.containsAll(before.values())).as("operation %d", operation).isTrue();
        assertThat(outcome.remedy()).contains(staging.directory().text());
      } else if (failure != null) {
        assertThat(failure).isInstanceOf(MergeException.class);
        assertThat(contents(home)).isEqualTo(before);
      }
      // Closing may fail to clean up, and keeps silent about it.
      staging.close();
      storage.disarm();
      operation++;
    }
    assertThat(unknown).isPositive();
  }

  @Test
  void showsANewDirectoryAllAtOnce() throws IOException {
    PublicationScene.MISSING_DIRECTORY.prepare(this);
    try (StagingArea staging = stage(PublicationScene.MISSING_DIRECTORY)) {
      storage.arm(Integer.MAX_VALUE, Effect.NOT_DONE, Extent.ONE);
      publication(staging).publish(() -> assertThat(target).doesNotExist());

      assertThat(storage.operations())
          .filteredOn(operation -> operation.startsWith("replace "))
          .last()
          .asString()
          .endsWith(" " + target);
    }
    assertThat(contents(target).keySet()).containsExactly("p/q/y.parquet", "x.parquet");
    assertThat(rows(target)).isEqualTo(8);
  }

  @Test
  void leavesAFileAloneThatAppearsWhereItsOwnBelongs() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    Map<String, String> before = contents(target);
    Path intruder = target.resolve("e/new.parquet");
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      Publication publication = publication(staging);
      Runnable race = () -> write(intruder, 99, 1);
      assertThatThrownBy(() -> publication.publish(race))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining(intruder.toString());
    }
    assertThat(rows(intruder)).isEqualTo(1);
    Files.delete(intruder);
    assertThat(contents(target)).isEqualTo(before);
  }

  @Test
  void aFileThatSomeoneRemovedMeanwhileIsAConflict() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    Path removed;
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      Publication publication = publication(staging);
      removed = target.resolve("a.parquet");
      Files.delete(removed);
      Map<String, String> before = contents(target);
      assertThatThrownBy(() -> publication.publish(GO_AHEAD))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining(removed + " was removed");
      assertThat(contents(target)).isEqualTo(before);
    }
  }

  @Test
  void stopsWithoutATraceIfSomeoneChangedTheTarget() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      Publication publication = publication(staging);
      write(target.resolve("late.parquet"), 0, 1);
      Map<String, String> before = contents(target);
      assertThatThrownBy(() -> publication.publish(GO_AHEAD))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining("late.parquet was added");
      assertThat(contents(target)).isEqualTo(before);
    }
    assertNothingElseIn(home, target);
  }

  @Test
  void canBeStoppedUntilTheLastMoment() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    Map<String, String> before = contents(target);
    RuntimeException stop = new MergeException.Cancelled("stop", "again");
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      Publication publication = publication(staging);
      assertThatThrownBy(
              () ->
                  publication.publish(
                      () -> {
                        throw stop;
                      }))
          .isSameAs(stop);
    }
    assertThat(contents(target)).isEqualTo(before);
    assertNothingElseIn(home, target);
  }

  @Test
  void finishesDespiteAnInterruptOnceItHasBegun() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      publication(staging).publish(() -> Thread.currentThread().interrupt());
    }
    assertThat(Thread.interrupted()).isTrue();
    assertThat(rows(target)).isEqualTo(12);
  }

  @Test
  void refusesToPublishRowsThatDoNotAddUp() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    Map<String, String> before = contents(target);
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      PublicationPlan plan = staged;
      PublicationPlan wrong =
          new PublicationPlan(plan.changes(), plan.inserted() + 1, plan.deleted());
      assertThatThrownBy(() -> publication(staging, wrong).publish(GO_AHEAD))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("10 rows plus 8 inserted minus 5 deleted")
          .hasMessageContaining("12 rows");
    }
    assertThat(contents(target)).isEqualTo(before);
  }

  @Test
  void refusesAStagedFileThatIsNotWhatItShouldBe() throws IOException {
    PublicationScene.MISSING_DIRECTORY.prepare(this);
    try (StagingArea staging = stage(PublicationScene.MISSING_DIRECTORY)) {
      StagedFile good = stagedFile(staging, "good", 0, 3);
      StagedFile wrong = new StagedFile(good.path(), 4);
      assertDefect(staging, wrong, 4, "holds 3 rows instead of 4");

      StoragePath text;
      try (StorageOutput output = staging.create("text")) {
        output.write(ByteBuffer.wrap(new byte[100]));
        output.sync();
        text = output.path();
      }
      assertDefect(staging, new StagedFile(text, 1), 1, "cannot be read back");

      StoragePath unsynced;
      try (StorageOutput output = staging.create("unsynced")) {
        output.write(ByteBuffer.wrap(Files.readAllBytes(Path.of(good.path().text()))));
        unsynced = output.path();
      }
      assertDefect(staging, new StagedFile(unsynced, 3), 3, "was not synced");
    }
    assertThat(target).doesNotExist();
  }

  @Test
  void refusesAPlanForAnotherSnapshot() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    StoragePath known = path(target.resolve("a.parquet"));
    StoragePath unknown = path(target.resolve("z.parquet"));
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      StagedFile file = stagedFile(staging, "x", 0, 1);
      for (List<StagedChange> changes :
          List.<List<StagedChange>>of(
              List.of(new Replace(file, unknown)),
              List.of(new Remove(unknown)),
              List.of(new Add(file, known)),
              List.of(new Remove(known), new Replace(file, known)),
              List.of(new Add(file, unknown), new Add(file, unknown)))) {
        assertThatThrownBy(() -> publication(staging, new PublicationPlan(changes, 0, 0)))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void givesFilesThePermissionsOfThoseBefore() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    Set<PosixFilePermission> permissions = PosixFilePermissions.fromString("rw-rw----");
    Files.setPosixFilePermissions(target.resolve("a.parquet"), permissions);
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      publication(staging).publish(GO_AHEAD);
    }
    assertThat(Files.getPosixFilePermissions(target.resolve("a.parquet"))).isEqualTo(permissions);
    assertThat(Files.getPosixFilePermissions(target.resolve("e/new.parquet")))
        .isEqualTo(permissions);
  }

  @Test
  void changesNothingForAnEmptyPlan() throws IOException {
    PublicationScene.DIRECTORY.prepare(this);
    try (StagingArea staging = stage(PublicationScene.DIRECTORY)) {
      Map<String, String> before = contents(home);
      publication(staging, new PublicationPlan(List.of(), 0, 0)).publish(GO_AHEAD);
      assertThat(contents(home)).isEqualTo(before);
    }
  }

  private StagingArea stage(PublicationScene scene) throws IOException {
    Snapshot taken =
        new SnapshotReader(storage, memory, kept, () -> {}).read(path(target), List.of());
    StagingArea staging = StagingArea.create(storage, taken);
    snapshot = taken;
    staged = scene.plan(this, staging);
    return staging;
  }

  private Publication publication(StagingArea staging) {
    return publication(staging, staged);
  }

  private Publication publication(StagingArea staging, PublicationPlan plan) {
    return new Publication(storage, snapshot, staging, plan, memory);
  }

  private void assertDefect(StagingArea staging, StagedFile file, long rows, String message) {
    PublicationPlan plan =
        new PublicationPlan(List.of(new Add(file, inTarget("n.parquet"))), rows, 0);
    assertThatThrownBy(() -> publication(staging, plan).publish(GO_AHEAD))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(file.path().text());
  }

  StagedFile stagedFile(StagingArea staging, String name, long firstId, int rows)
      throws IOException {
    Path scratch = temporary.resolve("scratch");
    Files.deleteIfExists(scratch);
    write(scratch, firstId, rows);
    try (StorageOutput output = staging.create(name)) {
      output.write(ByteBuffer.wrap(Files.readAllBytes(scratch)));
      output.sync();
      return new StagedFile(output.path(), rows);
    }
  }

  void write(Path file, long firstId, int rows) {
    List<@Nullable Object[]> table = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      table.add(new Object[] {firstId + row});
    }
    try {
      ParquetTableWriter.write(file, SCHEMA, table, ParquetLayout.standard());
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  private long rows(Path dataset) {
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
  private static Map<String, String> contents(Path directory) throws IOException {
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

  private static Map<String, String> hidden(StagingArea staging) throws IOException {
    return contents(Path.of(staging.directory().text()));
  }

  private static void assertNothingElseIn(Path home, Path target) throws IOException {
    try (Stream<Path> paths = Files.walk(home)) {
      assertThat(paths.filter(path -> path.toString().contains("_keymerge"))).isEmpty();
    }
    if (!Files.exists(target)) {
      try (Stream<Path> paths = Files.list(home)) {
        assertThat(paths).isEmpty();
      }
    }
  }

  private void startAnew() throws IOException {
    try (Stream<Path> paths = Files.walk(home)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
    Files.createDirectories(home);
  }

  private static int indexOf(List<String> operations, String prefix) {
    for (int i = 0; i < operations.size(); i++) {
      if (operations.get(i).startsWith(prefix)) {
        return i;
      }
    }
    throw new AssertionError("No " + prefix + "in " + operations);
  }
}
