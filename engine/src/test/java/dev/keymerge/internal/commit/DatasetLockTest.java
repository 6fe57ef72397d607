package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.ProcessIdentity;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetLockTest {
  private static final String ID = "0b9f3c1e-1111-2222-3333-444455556666";
  private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

  @TempDir private Path directory;

  private final Storage storage = new LocalStorage();
  private Path root = Path.of("");
  private Path orders = Path.of("");

  @BeforeEach
  void makeTarget() throws IOException {
    root = directory.toRealPath();
    orders = Files.createDirectory(root.resolve("orders"));
    Files.writeString(orders.resolve("a.parquet"), "data");
    Files.setLastModifiedTime(orders, LONG_AGO);
  }

  private static StoragePath path(Path path) {
    return new StoragePath(path.toString());
  }

  private DatasetLock lock(Path target) throws IOException {
    return DatasetLock.acquire(storage, path(target), LockRequest.atOnce("merge", ID));
  }

  private long entries() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.count();
    }
  }

  @Test
  void theSecondIsToldWhoHoldsTheDataset() throws IOException {
    ProcessIdentity self = ProcessIdentity.current();
    try (DatasetLock first = lock(orders)) {
      assertThatThrownBy(() -> lock(orders))
          .isInstanceOfSatisfying(
              MergeException.Conflict.class,
              e -> {
                assertThat(e.exitCode()).isEqualTo(5);
                assertThat(e.remedy()).contains("--wait");
              })
          .hasMessageContaining(orders.toString())
          .hasMessageContaining("process " + self.process())
          .hasMessageContaining("on " + self.host())
          .hasMessageContaining("since ")
          .hasMessageContaining("merge " + ID);
    }
    lock(orders).close();
  }

  @Test
  void otherDatasetsAreFree() throws IOException {
    try (DatasetLock first = lock(orders);
        DatasetLock second = lock(Files.createDirectory(root.resolve("lines")));
        DatasetLock third = lock(root.resolve("orders.parquet"))) {
      assertThat(Files.exists(orders.resolve("_keymerge/lock"))).isTrue();
      assertThat(Files.exists(root.resolve("lines/_keymerge/lock"))).isTrue();
      assertThat(Files.exists(root.resolve("_keymerge/orders.parquet.home/lock"))).isTrue();
    }
  }

  @Test
  void nothingRemainsOfALockNotEvenTheTimeOfTheDirectory() throws IOException {
    long before = entries();
    lock(orders).close();
    lock(root.resolve("deep/er/new")).close();
    lock(root.resolve("new.parquet")).close();

    assertThat(entries()).isEqualTo(before);
    assertThat(Files.getLastModifiedTime(orders)).isEqualTo(LONG_AGO);
  }

  @Test
  void aDirectoryThatSomeoneChangedMeanwhileKeepsItsNewTime() throws IOException {
    try (DatasetLock lock = lock(orders)) {
      Files.writeString(orders.resolve("b.parquet"), "more");
      Files.setLastModifiedTime(orders, FileTime.fromMillis(1_500_000_000_000L));
    }
    assertThat(Files.getLastModifiedTime(orders)).isNotEqualTo(LONG_AGO);
  }

  @Test
  void whatOthersPutIntoTheHomeStays() throws IOException {
    Path other = orders.resolve("_keymerge/history");
    try (DatasetLock lock = lock(orders)) {
      Files.writeString(other, "1");
    }
    lock(orders).close();

    assertThat(Files.exists(other)).isTrue();
    assertThat(Files.exists(orders.resolve("_keymerge/lock"))).isFalse();
  }

  @Test
  void theHomeIsAsOpenAsTheDatasetIs() throws IOException {
    Files.setPosixFilePermissions(orders, PosixFilePermissions.fromString("rwxrwx---"));
    try (DatasetLock lock = lock(orders)) {
      assertThat(
              PosixFilePermissions.toString(
                  Files.getPosixFilePermissions(orders.resolve("_keymerge"))))
          .isEqualTo("rwxrwx---");
    }
  }

  @Test
  void whatADeadProcessLeftIsTakenOver() throws IOException {
    Path home = Files.createDirectory(orders.resolve("_keymerge"));
    Files.writeString(home.resolve("lock"), LockHolder.current("merge", "long-ago").text());

    try (DatasetLock lock = lock(orders)) {
      assertThat(storage.lockText(path(home.resolve("lock")))).contains(ID);
    }
    assertThat(Files.exists(home)).isFalse();
  }

  @Test
  void aDirectoryIsHeldThroughTheHomeThatItWasMadeFromToo() throws IOException {
    Path beside = Files.createDirectories(root.resolve("_keymerge/orders.home"));
    Files.writeString(beside.resolve("journal"), "pending");
    try (DatasetLock lock = lock(orders)) {
      assertThat(storage.tryLock(path(beside.resolve("lock")))).isEmpty();
      assertThat(storage.tryLock(path(orders.resolve("_keymerge/lock")))).isEmpty();
    }
    assertThat(Files.exists(beside.resolve("lock"))).isFalse();
    assertThat(Files.exists(beside.resolve("journal"))).isTrue();
  }

  @Test
  void whoMadeTheDirectoryKeepsOthersOutUntilItIsDone() throws IOException {
    Path fresh = root.resolve("fresh");
    try (DatasetLock first = lock(fresh)) {
      Files.createDirectory(fresh);
      assertThatThrownBy(() -> lock(fresh)).isInstanceOf(MergeException.Conflict.class);
    }
    lock(fresh).close();
    assertThat(Files.exists(root.resolve("_keymerge"))).isFalse();
    assertThat(Files.exists(fresh.resolve("_keymerge"))).isFalse();
  }

  @Test
  void whoIsPatientWaitsAndSaysSoOnce() throws Exception {
    CountDownLatch waiting = new CountDownLatch(1);
    AtomicInteger said = new AtomicInteger();
    AtomicBoolean released = new AtomicBoolean();
    AtomicBoolean early = new AtomicBoolean();
    DatasetLock first = lock(orders);
    Thread second =
        new Thread(
            () -> {
              LockRequest request =
                  new LockRequest(
                      "merge",
                      "second",
                      Duration.ofMinutes(1),
                      () -> {},
                      () -> {
                        said.incrementAndGet();
                        waiting.countDown();
                      });
              try (DatasetLock lock = DatasetLock.acquire(storage, path(orders), request)) {
                early.set(!released.get());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    second.start();
    waiting.await();
    Thread.sleep(200);
    released.set(true);
    first.close();
    second.join();

    assertThat(early).isFalse();
    assertThat(said).hasValue(1);
  }

  @Test
  void patienceEnds() throws IOException {
    LockRequest request =
        new LockRequest("merge", "second", Duration.ofMillis(120), () -> {}, () -> {});
    try (DatasetLock first = lock(orders)) {
      assertThatThrownBy(() -> DatasetLock.acquire(storage, path(orders), request))
          .isInstanceOf(MergeException.Conflict.class)
          .hasMessageContaining("still was after");
    }
  }

  @Test
  void whoWaitsCanGiveUp() throws IOException {
    MergeException.Cancelled cancelled = new MergeException.Cancelled("stopped", "go on");
    LockRequest request =
        new LockRequest(
            "merge",
            "second",
            Duration.ofMinutes(1),
            () -> {
              throw cancelled;
            },
            () -> {});
    try (DatasetLock first = lock(orders)) {
      assertThatThrownBy(() -> DatasetLock.acquire(storage, path(orders), request))
          .isSameAs(cancelled);
    }
  }

  @Test
  void aHolderWhoseTextIsCutIsAnotherProcess() {
    String text = LockHolder.current("merge", ID).text();

    assertThat(LockHolder.parse(text)).isPresent();
    assertThat(LockHolder.parse("")).isEmpty();
    assertThat(LockHolder.parse(text.substring(0, 30))).isEmpty();
    assertThat(LockHolder.parse("keymerge lock 2\n" + text)).isEmpty();
  }
}
