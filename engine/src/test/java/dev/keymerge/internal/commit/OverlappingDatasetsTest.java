package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two targets of which one lies in the other. */
class OverlappingDatasetsTest {
  @TempDir private Path directory;

  private final Storage storage = new LocalStorage();
  private Path orders = Path.of("");
  private Path file = Path.of("");
  private Path part = Path.of("");
  private Path deepFile = Path.of("");

  @BeforeEach
  void makeTargets() throws IOException {
    orders = Files.createDirectory(directory.toRealPath().resolve("orders"));
    file = Files.writeString(orders.resolve("a.parquet"), "data");
    part = Files.createDirectories(orders.resolve("year=2024/month=1"));
    deepFile = Files.writeString(part.resolve("b.parquet"), "data");
  }

  private static StoragePath path(Path path) {
    return new StoragePath(path.toString());
  }

  private DatasetLock lock(Path target) throws IOException {
    return lock(target, Duration.ZERO, () -> {});
  }

  private DatasetLock lock(Path target, Duration patience, Runnable onWait) throws IOException {
    return DatasetLock.acquire(
        storage,
        path(target),
        new LockRequest(
            "merge", "0b9f3c1e-1111-2222-3333-444455556666", patience, () -> {}, onWait));
  }

  private void look(Path target) throws IOException {
    OverlappingDatasets overlapping = new OverlappingDatasets(storage, path(target));
    overlapping.requireCompletedAround();
    if (Files.isDirectory(target)) {
      overlapping.requireQuietWithin(List.of(path(file), path(deepFile)));
    }
  }

  private List<Path> inner() {
    return List.of(file, part, part.getParent(), deepFile, orders.resolve("new/er/c.parquet"));
  }

  @Test
  void whatLiesInADatasetThatIsHeldIsHeldToo() throws IOException {
    try (DatasetLock outer = lock(orders)) {
      for (Path target : inner()) {
        assertThatThrownBy(() -> lock(target))
            .isInstanceOf(MergeException.Conflict.class)
            .hasMessageContaining("The dataset " + orders + ", in which " + target + " lies,")
            .hasMessageContaining("process " + ProcessHandle.current().pid());
        assertThat(Files.exists(orders.resolve("_keymerge/a.parquet.home"))).isFalse();
      }
    }
    for (Path target : inner()) {
      lock(target).close();
      look(target);
    }
  }

  @Test
  void aDatasetInWhichAnotherOneIsHeldIsNotQuiet() throws IOException {
    for (Path target : List.of(file, part, part.getParent(), deepFile)) {
      try (DatasetLock inner = lock(target);
          DatasetLock outer = lock(orders)) {
        assertThatThrownBy(() -> look(orders))
            .isInstanceOf(MergeException.Conflict.class)
            .hasMessageContaining(target + ", which lies in " + orders);
      }
      look(orders);
    }
  }

  @Test
  void targetsSideBySideDoNotMindEachOther() throws IOException {
    Path other = Files.writeString(orders.resolve("other.parquet"), "data");
    try (DatasetLock one = lock(file);
        DatasetLock two = lock(other);
        DatasetLock three = lock(part)) {
      look(file);
      look(other);
      look(part);
    }
  }

  @Test
  void whoWaitsForTheLockWaitsForTheDatasetAroundToo() throws Exception {
    DatasetLock outer = lock(orders);
    CountDownLatch waiting = new CountDownLatch(1);
    Thread releaser =
        new Thread(
            () -> {
              try {
                waiting.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              outer.close();
            });
    releaser.start();
    try (DatasetLock inner = lock(file, Duration.ofMinutes(1), waiting::countDown)) {
      assertThat(Files.exists(orders.resolve("_keymerge/a.parquet.home/lock"))).isTrue();
    }
    releaser.join();
  }

  @Test
  void theLockOfADeadProcessKeepsNobodyOutOfWhatLiesThere() throws IOException {
    Files.createDirectories(orders.resolve("_keymerge/a.parquet.home"));
    Files.writeString(orders.resolve("_keymerge/lock"), "keymerge lock 1\n");
    Files.writeString(orders.resolve("_keymerge/a.parquet.home/lock"), "keymerge lock 1\n");

    lock(deepFile).close();
    look(orders);
  }

  @Test
  void aMergeThatIsNotCompletedIsCompletedFirst() throws IOException {
    Path journal = Files.createDirectories(orders.resolve("_keymerge")).resolve("journal");
    Files.writeString(journal, "");
    for (Path target : inner()) {
      assertThatThrownBy(() -> look(target))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining("A merge into " + orders + ", in which " + target + " lies");
    }
    Files.delete(journal);

    for (String home :
        List.of(
            "_keymerge/a.parquet.home",
            "year=2024/month=1/_keymerge",
            "year=2024/_keymerge",
            "year=2024/month=1/_keymerge/b.parquet.home")) {
      Path inside = Files.createDirectories(orders.resolve(home)).resolve("journal");
      Files.writeString(inside, "");
      assertThatThrownBy(() -> look(orders))
          .isInstanceOfSatisfying(
              MergeException.Conflict.class,
              e -> assertThat(e.remedy()).contains("keymerge recover " + orders + "/"))
          .hasMessageContaining("which lies in " + orders);
      Files.delete(inside);
      look(orders);
    }
  }
}
