package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.parquet.ParquetMemory;
import dev.keymerge.internal.storage.FaultyStorage;
import dev.keymerge.internal.storage.FaultyStorage.Effect;
import dev.keymerge.internal.storage.FaultyStorage.Extent;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.SnapshotReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StagingAreaTest {
  private final FaultyStorage storage = new FaultyStorage(new LocalStorage());
  @TempDir private Path temporary;
  private Path root;

  @BeforeEach
  void followTheTemporaryDirectory() throws IOException {
    root = temporary.toRealPath();
  }

  @Test
  void hidesInADirectoryAndBesideAnythingElse() throws IOException {
    Files.createDirectories(root.resolve("there"));
    try (StagingArea inside = create("there");
        StagingArea beside = create("missing");
        StagingArea besideFile = create("deep/one.parquet")) {
      assertThat(inside.directory().parent()).isEqualTo(path("there/_keymerge"));
      assertThat(beside.directory().parent()).isEqualTo(path("_keymerge/missing.home"));
      assertThat(besideFile.directory().parent())
          .isEqualTo(path("deep/_keymerge/one.parquet.home"));
      assertThat(root.resolve("missing")).doesNotExist();
    }
    assertThat(everything()).containsExactly("there");
  }

  @Test
  void namesFilesSoThatNobodyTakesThemForData() throws IOException {
    try (StagingArea staging = create("t");
        StorageOutput output = staging.create("x.parquet")) {
      assertThat(output.path().parent()).isEqualTo(staging.directory());
      assertThat(output.path().text()).doesNotEndWith(".parquet");
      assertThatThrownBy(() -> staging.create("x.parquet"))
          .isInstanceOf(FileAlreadyExistsException.class);
    }
  }

  @Test
  void knowsWhichFilesWereSyncedAfterTheLastByte() throws IOException {
    try (StagingArea staging = create("t");
        StorageOutput output = staging.create("x")) {
      StoragePath file = output.path();
      assertThat(staging.isSynced(file)).isFalse();
      output.write(ByteBuffer.wrap(new byte[10]));
      output.sync();
      assertThat(staging.isSynced(file)).isTrue();
      try (StorageInput input = storage.open(file)) {
        output.copyFrom(input, 0, 10);
      }
      assertThat(staging.isSynced(file)).isFalse();
      output.sync();
      output.write(ByteBuffer.allocate(1));
      assertThat(staging.isSynced(file)).isFalse();
      assertThat(output.position()).isEqualTo(21);
    }
  }

  @Test
  void removesItsOwnAndNothingElse() throws IOException {
    Path orphan = root.resolve("t/_keymerge/old-run/x.staged");
    Files.createDirectories(orphan.getParent());
    Files.writeString(orphan, "left behind");

    StagingArea first = create("t");
    StagingArea second = create("t");
    first.create("x").close();
    first.close();
    first.close();
    assertThat(Path.of(first.directory().text())).doesNotExist();
    assertThat(Path.of(second.directory().text())).isDirectory();
    second.close();

    assertThat(orphan).hasContent("left behind");
    Files.delete(orphan);
    Files.delete(orphan.getParent());
    create("t").close();
    assertThat(everything()).containsExactly("t");
  }

  @Test
  void keepsADirectoryThatSomeoneElseHasComeToUse() throws IOException {
    StagingArea staging = create("deep/er/t");
    Files.writeString(root.resolve("deep/other"), "");
    staging.close();

    assertThat(everything()).containsExactlyInAnyOrder("deep", "deep/other");
  }

  @Test
  void standsWhereItIsOnceNobodyKnowsWhatIsNeeded() throws IOException {
    StagingArea staging = create("t");
    staging.create("x").close();
    staging.passCommitPoint();
    staging.close();

    assertThat(Path.of(staging.path("x").text())).exists();
    staging.release();
    staging.close();
    assertThat(everything()).isEmpty();
  }

  @Test
  void leavesToTheNextCommandWhatTakesTooLongToRemove() throws IOException {
    StagingArea staging = create("t");
    staging.create("a").close();
    staging.create("b").close();
    storage.create(FinishedFiles.log(staging.directory())).close();
    staging.close(Duration.ZERO);
    assertThat(Path.of(staging.path("a").text())).exists();
    assertThat(Path.of(staging.path("b").text())).exists();

    assertThat(StagingOwner.sweepUnlessResumable(storage, staging.directory())).isTrue();
    assertThat(Path.of(staging.directory().text())).doesNotExist();
  }

  @Test
  void leavesNothingBehindWhenItCannotBeMade() throws IOException {
    boolean fired = true;
    for (int operation = 0; fired; operation++) {
      for (Effect effect : Effect.values()) {
        Snapshot snapshot = snapshot("deep/t");
        storage.arm(operation, effect, Extent.ONE);
        try (StagingArea staging = StagingArea.create(storage, snapshot)) {
          storage.disarm();
          assertThat(staging.directory().parent()).isEqualTo(path("deep/_keymerge/t.home"));
          fired = false;
        } catch (MergeException.InputOutput expected) {
          fired = true;
        }
        storage.disarm();
        assertThat(everything()).isEmpty();
      }
    }
  }

  @Test
  void closesWithoutAFussWhenTheStorageFails() throws IOException {
    for (int operation = 0; operation < 10; operation++) {
      StagingArea staging = create("deep/t");
      storage.arm(operation, Effect.NOT_DONE, Extent.ALL_FROM_THERE);
      staging.close();
      storage.disarm();
    }
  }

  private StagingArea create(String target) throws IOException {
    return StagingArea.create(storage, snapshot(target));
  }

  private Snapshot snapshot(String target) {
    MemoryBudget budget = new MemoryBudget(1_000_000);
    try (MemoryReservation kept = budget.open("snapshot");
        ParquetMemory memory = new ParquetMemory(budget, "test")) {
      return new SnapshotReader(storage, memory, kept, () -> {}).read(path(target), List.of());
    }
  }

  private StoragePath path(String name) {
    return new StoragePath(root.resolve(name).toString());
  }

  private List<String> everything() throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      return paths
          .filter(path -> !path.equals(root))
          .map(path -> root.relativize(path).toString())
          .toList();
    }
  }
}
