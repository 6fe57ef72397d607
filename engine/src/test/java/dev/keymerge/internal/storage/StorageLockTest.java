package dev.keymerge.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Locks local files, within this process and beside another one. */
class StorageLockTest {
  private static final String HOLDING = "holding";

  @TempDir private Path directory;

  private final LocalStorage storage = new LocalStorage();
  private StoragePath file = new StoragePath("/");

  @BeforeEach
  void nameFile() throws IOException {
    file = new StoragePath(directory.toRealPath() + "/lock");
  }

  @Test
  void aLockIsHeldByOneAtATime() throws IOException {
    try (StorageLock first = storage.tryLock(file).orElseThrow()) {
      first.write("me");
      assertThat(storage.tryLock(file)).isEmpty();
      assertThat(new LocalStorage().tryLock(file)).isEmpty();
      assertThat(storage.lockText(file)).isEqualTo("me");
    }
    try (StorageLock second = storage.tryLock(file).orElseThrow()) {
      assertThat(second.path()).isEqualTo(file);
      assertThat(storage.lockText(file)).isEmpty();
    }
    assertThat(Files.exists(directory.resolve("lock"))).isTrue();
  }

  @Test
  void anotherWayToTheFileLeadsToTheSameLock() throws IOException {
    Files.createDirectory(directory.resolve("real"));
    Files.createSymbolicLink(directory.resolve("link"), directory.resolve("real"));
    StoragePath behindLink = new StoragePath(directory + "/link/lock");

    try (StorageLock first =
        storage.tryLock(new StoragePath(directory + "/real/lock")).orElseThrow()) {
      assertThat(storage.tryLock(behindLink)).isEmpty();
    }
  }

  @Test
  void anotherClassLoaderOfThisProcessIsKeptOutAndKeepsItsLock() throws Exception {
    List<URL> classes = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      classes.add(Path.of(entry).toUri().toURL());
    }
    try (URLClassLoader loader =
        new URLClassLoader(classes.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
      Class<?> pathClass = loader.loadClass(StoragePath.class.getName());
      Class<?> storageClass = loader.loadClass(LocalStorage.class.getName());
      Object path = pathClass.getConstructor(String.class).newInstance(file.text());
      Object other = storageClass.getConstructor().newInstance();
      Method tryLock = storageClass.getMethod("tryLock", pathClass);
      Optional<?> theirs = (Optional<?>) tryLock.invoke(other, path);
      Object held = theirs.orElseThrow();
      Class<?> lockClass = loader.loadClass(StorageLock.class.getName());
      lockClass.getMethod("write", String.class).invoke(held, "them");

      for (int attempt = 0; attempt < 3; attempt++) {
        assertThat(storage.tryLock(file)).isEmpty();
        assertThat(storage.lockText(file)).isEqualTo("them");
      }
      // The operating system would have forgotten their lock if a handle had been closed here.
      assertThat(lockedForOthers()).isTrue();

      lockClass.getMethod("close").invoke(held);
      try (StorageLock mine = storage.tryLock(file).orElseThrow()) {
        assertThat((Optional<?>) tryLock.invoke(other, path)).isEmpty();
        mine.write("me");
      }
      assertThat((Optional<?>) tryLock.invoke(other, path)).isPresent();
    }
  }

  @Test
  void aLinkInPlaceOfTheFileIsNamedAndNotFollowed() throws IOException {
    Path precious = Files.writeString(directory.resolve("precious"), "content");
    Path missing = directory.resolve("missing");
    for (Path victim : List.of(precious, missing)) {
      Path link = Files.createSymbolicLink(Path.of(file.text()), victim);
      assertThatThrownBy(() -> storage.tryLock(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(file.text())
          .hasMessageContaining("remove the link");
      assertThatThrownBy(() -> storage.lockText(file))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("remove the link");
      Files.delete(link);
    }
    assertThat(precious).hasContent("content");
    assertThat(missing).doesNotExist();
  }

  @Test
  void closingTwiceDoesNotReleaseTheNextLock() throws IOException {
    StorageLock first = storage.tryLock(file).orElseThrow();
    first.close();
    try (StorageLock second = storage.tryLock(file).orElseThrow()) {
      first.close();
      assertThat(storage.tryLock(second.path())).isEmpty();
    }
  }

  @Test
  void oneThreadHoldsAFileThatHoldersRemove() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger rounds = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Future<Void>> ends = new ArrayList<>();
      Callable<Void> holder =
          () -> {
            while (rounds.get() < 200) {
              Optional<StorageLock> lock = storage.tryLock(file);
              if (lock.isPresent()) {
                most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                rounds.incrementAndGet();
                storage.delete(file);
                inside.decrementAndGet();
                lock.get().close();
              }
            }
            return null;
          };
      for (int i = 0; i < 4; i++) {
        ends.add(threads.submit(holder));
      }
      for (Future<Void> end : ends) {
        end.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(most).hasValue(1);
    assertThat(Files.exists(directory.resolve("lock"))).isFalse();
  }

  @Test
  void theLockOfAnotherProcessEndsWithItHoweverItEnds() throws Exception {
    Process other = otherProcess(ProcessBuilder.Redirect.INHERIT);
    try {
      assertThat(other.inputReader().readLine()).isEqualTo(HOLDING);
      assertThat(storage.tryLock(file)).isEmpty();
      assertThat(storage.lockText(file)).isEqualTo("process " + other.pid());
    } finally {
      other.destroyForcibly().waitFor();
    }
    try (StorageLock taken = storage.tryLock(file).orElseThrow()) {
      assertThat(taken.path()).isEqualTo(file);
    }
  }

  /** Starts a process that locks the file, or fails. */
  private Process otherProcess(ProcessBuilder.Redirect errors) throws IOException {
    return new ProcessBuilder(
            Path.of(ProcessHandle.current().info().command().orElse("java")).toString(),
            "-Xmx32m",
            "-cp",
            System.getProperty("java.class.path"),
            OtherProcess.class.getName(),
            file.text())
        .redirectError(errors)
        .start();
  }

  private boolean lockedForOthers() throws Exception {
    Process other = otherProcess(ProcessBuilder.Redirect.DISCARD);
    try {
      return other.inputReader().readLine() == null;
    } finally {
      other.destroyForcibly().waitFor();
    }
  }

  /** Holds the lock that it is told until it is killed. */
  static final class OtherProcess {
    private OtherProcess() {}

    public static void main(String[] arguments) throws Exception {
      StorageLock lock = new LocalStorage().tryLock(new StoragePath(arguments[0])).orElseThrow();
      lock.write("process " + ProcessHandle.current().pid());
      System.out.println(HOLDING);
      Thread.sleep(60_000);
      lock.close();
    }
  }

  @Test
  void aPrivateDirectoryIsItsOwnersAlone() throws IOException {
    Path made = directory.resolve("private");
    storage.createPrivateDirectory(new StoragePath(made.toString()));
    storage.createPrivateDirectory(new StoragePath(made.toString()));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(made)))
        .isEqualTo("rwx------");
  }

  @Test
  void anOverwriteOfEqualLengthAndTimeIsNoticed() throws Exception {
    Path data = Files.writeString(directory.resolve("data"), "one");
    StoragePath path = new StoragePath(data.toString());
    FileTime time = Files.getLastModifiedTime(data);
    FileStatus before = storage.status(path).orElseThrow();
    assertThat(storage.status(path).orElseThrow().untouched(before)).isTrue();

    // Kernels count the time of a change in ticks of some milliseconds.
    Thread.sleep(50);
    Files.writeString(data, "two");
    Files.setLastModifiedTime(data, time);

    FileStatus after = storage.status(path).orElseThrow();
    assertThat(after.sameContent(before)).isTrue();
    assertThat(after.untouched(before)).isFalse();
  }

  @Test
  void aDirectoryGetsItsTimeBack() throws IOException {
    FileStatus before = storage.status(file.parent()).orElseThrow();
    Files.writeString(directory.resolve("data"), "one");
    Files.setLastModifiedTime(directory, FileTime.fromMillis(0));
    storage.restoreTime(before);

    assertThat(storage.status(file.parent()).orElseThrow().modifiedNanos())
        .isEqualTo(before.modifiedNanos());
  }

  @Test
  void aProcessIsNamedByItsNumberAndHost() {
    ProcessIdentity identity = ProcessIdentity.current();

    assertThat(identity.process()).isEqualTo(ProcessHandle.current().pid());
    assertThat(identity.host()).isNotBlank();
  }
}
