package dev.keymerge.internal.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalStorageTest {
  private final Storage storage = new LocalStorage();
  @TempDir private Path temporary;
  private Path root;
  private StoragePath base;

  @BeforeEach
  void followTheTemporaryDirectory() throws IOException {
    root = temporary.toRealPath();
    base = new StoragePath(root.toString());
  }

  @Test
  void resolvesToOnePathPerFile() throws IOException {
    Files.createDirectories(root.resolve("data/v1"));
    Files.createSymbolicLink(root.resolve("current"), Path.of("data/v1"));
    Path workingDirectory = Path.of("").toRealPath();

    assertThat(storage.resolve(root + "/data/../data//v1/")).isEqualTo(base.resolve("data/v1"));
    assertThat(storage.resolve(root + "/current/new/x")).isEqualTo(base.resolve("data/v1/new/x"));
    assertThat(storage.resolve("file://" + root)).isEqualTo(base);
    assertThat(storage.resolve("file:" + root)).isEqualTo(base);
    assertThat(storage.resolve("some").text())
        .isEqualTo(workingDirectory.resolve("some").toString());
    assertThat(storage.resolve("/").text()).isEqualTo("/");
  }

  @Test
  void refusesTextThatIsNoPath() throws IOException {
    Files.createSymbolicLink(root.resolve("broken"), Path.of("nowhere"));

    for (String text : List.of("", "a\0b", root + "/broken")) {
      assertThatThrownBy(() -> storage.resolve(text))
          .isInstanceOf(MergeException.InvalidRequest.class)
          .hasMessageContaining("'" + text + "'");
    }
  }

  @Test
  void statesWhatItKnowsExactly() throws IOException {
    Path file = write("a.parquet", "hello");
    Instant time = Instant.parse("2024-02-29T12:34:56.123456789Z");
    Files.setLastModifiedTime(file, FileTime.from(time));
    long stored = Files.getLastModifiedTime(file).toInstant().getNano();

    FileStatus status = storage.status(base.resolve("a.parquet")).orElseThrow();

    assertThat(status.path()).isEqualTo(base.resolve("a.parquet"));
    assertThat(status.directory()).isFalse();
    assertThat(status.bytes()).isEqualTo(5);
    assertThat(status.modifiedNanos()).isEqualTo(time.getEpochSecond() * 1_000_000_000L + stored);
    assertThat(status.identity()).isEqualTo(Files.getAttribute(file, "unix:ino").toString());
    assertThat(storage.status(base).orElseThrow().directory()).isTrue();
    assertThat(storage.status(base.resolve("b.parquet"))).isEmpty();
  }

  @Test
  void tellsAFileFromItsSuccessorOfEqualSizeAndTime() throws IOException {
    Path file = write("a", "old");
    FileStatus before = storage.status(base.resolve("a")).orElseThrow();
    Path successor = write("b", "new");
    Files.setLastModifiedTime(successor, Files.getLastModifiedTime(file));
    storage.replace(base.resolve("b"), base.resolve("a"));
    FileStatus after = storage.status(base.resolve("a")).orElseThrow();

    assertThat(after.modifiedNanos()).isEqualTo(before.modifiedNanos());
    assertThat(before.sameContent(after)).isFalse();
    assertThat(after.sameContent(after)).isTrue();
  }

  @Test
  void listsVisibleFilesInPathOrder() throws IOException {
    write("b.parquet", "");
    write("a/z.parquet", "");
    write("a-b.parquet", "");
    write("_SUCCESS", "");
    write(".hidden/x.parquet", "");
    write("_keymerge/1/x.parquet", "");
    write("a/_x/y.parquet", "");
    write("a/notes.txt", "");
    Files.createDirectories(root.resolve("empty"));

    assertThat(storage.listDataFiles(base))
        .extracting(file -> file.path().relativeTo(base))
        .containsExactly("a-b.parquet", "a/notes.txt", "a/z.parquet", "b.parquet");
    assertThat(storage.list(base))
        .extracting(file -> file.path().name())
        .containsExactly(
            ".hidden", "_SUCCESS", "_keymerge", "a", "a-b.parquet", "b.parquet", "empty");
  }

  @Test
  void listsThroughLinksButNotInCircles() throws IOException {
    write("elsewhere/x.parquet", "12");
    Files.createDirectories(root.resolve("d"));
    Files.createSymbolicLink(root.resolve("d/link"), Path.of("../elsewhere"));
    assertThat(storage.listDataFiles(base.resolve("d")))
        .singleElement()
        .satisfies(
            file -> {
              assertThat(file.path()).isEqualTo(base.resolve("d/link/x.parquet"));
              assertThat(file.bytes()).isEqualTo(2);
            });

    Files.createSymbolicLink(root.resolve("elsewhere/up"), Path.of("."));
    assertThatThrownBy(() -> storage.listDataFiles(base.resolve("d")))
        .isInstanceOf(FileSystemLoopException.class)
        .hasMessageContaining("link/up");
  }

  @Test
  void doesNotTakeALinkThatLeadsNowhereForAMissingFile() throws IOException {
    Files.createSymbolicLink(root.resolve("x.parquet"), Path.of("nowhere"));

    assertThatThrownBy(() -> storage.status(base.resolve("x.parquet")))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining(root + "/x.parquet: a link that leads nowhere");
    assertThatThrownBy(() -> storage.listDataFiles(base)).hasMessageContaining("leads nowhere");
    assertThat(storage.list(base)).hasSize(1);
  }

  @Test
  void readsAtAnyPositionIntoAnyKindOfBuffer() throws IOException {
    byte[] bytes = random(3 * LocalInput.CHUNK_BYTES + 17);
    Files.write(root.resolve("f"), bytes);

    try (StorageInput input = storage.open(base.resolve("f"))) {
      assertThat(input.size()).isEqualTo(bytes.length);
      assertThat(input.path()).isEqualTo(base.resolve("f"));
      for (ByteBuffer target :
          List.of(ByteBuffer.allocate(bytes.length), ByteBuffer.allocateDirect(bytes.length))) {
        target.position(3).limit(bytes.length - 4);
        input.readFully(5, target);
        assertThat(target.position()).isEqualTo(bytes.length - 4);
        assertThat(target.limit()).isEqualTo(bytes.length - 4);
        target.position(3);
        assertThat(target).isEqualTo(ByteBuffer.wrap(bytes, 5, bytes.length - 7));
      }
    }
  }

  @Test
  void saysWhereAFileEndedTooEarly() throws IOException {
    write("f", "hello");
    try (StorageInput input = storage.open(base.resolve("f"))) {
      assertThatThrownBy(() -> input.readFully(3, ByteBuffer.allocate(4)))
          .isInstanceOf(EOFException.class)
          .hasMessageContaining(root + "/f")
          .hasMessageContaining("byte 5");
      try (StorageOutput output = storage.create(base.resolve("g"))) {
        assertThatThrownBy(() -> output.copyFrom(input, 2, 9))
            .isInstanceOf(EOFException.class)
            .hasMessageContaining(root + "/f");
      }
    }
  }

  @Test
  void writesAndCopiesInOrder() throws IOException {
    byte[] bytes = random(2 * LocalInput.CHUNK_BYTES + 100);
    Files.write(root.resolve("f"), bytes);
    ByteBuffer direct = ByteBuffer.allocateDirect(3).put(new byte[] {7, 8, 9}).flip();

    try (StorageInput input = storage.open(base.resolve("f"));
        StorageOutput output = storage.create(base.resolve("g"))) {
      output.write(ByteBuffer.wrap(bytes));
      output.write(direct);
      assertThat(output.position()).isEqualTo(bytes.length + 3L);
      output.copyFrom(input, 50, bytes.length - 60L);
      output.copyFrom(new Undisclosed(input), 50, bytes.length - 60L);
      output.copyFrom(input, 0, 0);
      output.sync();
      assertThat(output.position()).isEqualTo(3L * bytes.length + 3 - 120);
    }

    ByteBuffer expected = ByteBuffer.allocate(3 * bytes.length + 3 - 120);
    expected.put(bytes).put(new byte[] {7, 8, 9});
    expected.put(bytes, 50, bytes.length - 60).put(bytes, 50, bytes.length - 60);
    assertThat(Files.readAllBytes(root.resolve("g"))).isEqualTo(expected.array());
  }

  @Test
  void neverWritesOverAnExistingFile() throws IOException {
    write("f", "old");
    assertThatThrownBy(() -> storage.create(base.resolve("f")))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessage(root + "/f: already exists");
    assertThatThrownBy(() -> storage.duplicate(base.resolve("f"), base.resolve("f")))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(root.resolve("f")).hasContent("old");
  }

  @Test
  void failsWithKindReasonAndPath() throws IOException {
    assertThatThrownBy(() -> storage.open(base.resolve("none")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(root + "/none: no such file or directory");
    assertThatThrownBy(() -> storage.listDataFiles(base.resolve("none")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining(root + "/none");
    assertThatThrownBy(() -> storage.open(base)).hasMessage(root + ": a directory, not a file");
    write("d/f", "");
    assertThatThrownBy(() -> storage.list(base.resolve("d/f")))
        .hasMessage(root + "/d/f: not a directory");
    assertThatThrownBy(() -> storage.delete(base.resolve("d")))
        .hasMessage(root + "/d: the directory is not empty");
    assertThatThrownBy(() -> storage.syncDirectory(base.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void namesTheReasonThatThePlatformLeavesOut() {
    assertThat(LocalFailures.explained("/a", new AccessDeniedException("/a")))
        .isInstanceOf(AccessDeniedException.class)
        .hasMessage("/a: permission denied");
    assertThat(LocalFailures.explained("/a", new IOException("No space left on device")))
        .hasMessage("/a: No space left on device");
    assertThat(LocalFailures.explained("/a", new java.nio.channels.ClosedChannelException()))
        .hasMessage("/a: java.nio.channels.ClosedChannelException");
  }

  @Test
  void reportsAnInterruptAndKeepsIt() throws IOException {
    write("f", "hello");
    try (StorageInput input = storage.open(base.resolve("f"))) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> input.readFully(0, ByteBuffer.allocate(5)))
          .isInstanceOf(InterruptedIOException.class)
          .hasMessageContaining(root + "/f");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void syncsADirectoryDespiteAnInterrupt() throws IOException {
    Thread.currentThread().interrupt();
    storage.syncDirectory(base);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void replacesInOneStepAndKeepsADuplicateApart() throws IOException {
    write("a", "old");
    write("b", "new");
    storage.duplicate(base.resolve("a"), base.resolve("kept"));
    storage.replace(base.resolve("b"), base.resolve("a"));

    assertThat(root.resolve("a")).hasContent("new");
    assertThat(root.resolve("b")).doesNotExist();
    assertThat(root.resolve("kept")).hasContent("old");
    assertThatThrownBy(() -> storage.replace(base.resolve("b"), base.resolve("a")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(root.resolve("a")).hasContent("new");
  }

  @Test
  void copiesPermissions() throws IOException {
    Files.setPosixFilePermissions(write("a", ""), PosixFilePermissions.fromString("rw-r----x"));
    Path file = write("b", "");
    storage.copyAttributes(base.resolve("a"), base.resolve("b"));

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r----x");
  }

  @Test
  void givesAFileWhatTheDirectoryGrants() throws IOException {
    Path shared = Files.createDirectory(root.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 03770);
    Path file = write("shared/f", "");
    Path inner = Files.createDirectory(root.resolve("inner"));
    storage.copyAttributes(base.resolve("shared"), base.resolve("shared/f"));
    storage.copyAttributes(base.resolve("shared"), base.resolve("inner"));

    assertThat((Integer) Files.getAttribute(file, "unix:mode") & 07777).isEqualTo(0660);
    assertThat((Integer) Files.getAttribute(inner, "unix:mode") & 07777).isEqualTo(03770);
  }

  @Test
  void opensNothingToAGroupThatTheModelDoesNotBelongTo() {
    assertThat(LocalAttributes.mode(0100660, false, false, true)).isEqualTo(0660);
    assertThat(LocalAttributes.mode(0100660, false, false, false)).isEqualTo(0600);
    assertThat(LocalAttributes.mode(0100664, false, false, false)).isEqualTo(0644);
    assertThat(LocalAttributes.mode(0100606, false, false, false)).isEqualTo(0606);
    assertThat(LocalAttributes.mode(0106755, false, false, true)).isEqualTo(0755);
    assertThat(LocalAttributes.mode(0042770, true, true, false)).isEqualTo(0700);
    assertThat(LocalAttributes.mode(0042770, true, true, true)).isEqualTo(02770);
  }

  @Test
  void deletesATreeButNothingBehindItsLinks() throws IOException {
    write("kept/f", "x");
    write("tree/a/b", "");
    Files.createSymbolicLink(root.resolve("tree/link"), root.resolve("kept"));
    Files.createSymbolicLink(root.resolve("linked"), root.resolve("kept"));

    storage.deleteTree(base.resolve("tree"));
    storage.deleteTree(base.resolve("linked"));
    storage.deleteTree(base.resolve("tree"));
    storage.delete(base.resolve("tree"));

    assertThat(root.resolve("tree")).doesNotExist();
    assertThat(Files.exists(root.resolve("linked"), LinkOption.NOFOLLOW_LINKS)).isFalse();
    assertThat(root.resolve("kept/f")).hasContent("x");
  }

  @Test
  void createsDirectoriesAndKnowsTheSpaceLeft() throws IOException {
    assertThat(storage.usableBytes(base.resolve("x/y"))).isPositive();
    storage.createDirectories(base.resolve("x/y"));
    storage.createDirectories(base.resolve("x/y"));
    assertThat(root.resolve("x/y")).isDirectory();
    write("f", "");
    assertThatThrownBy(() -> storage.createDirectories(base.resolve("f")))
        .hasMessageContaining(root + "/f");
  }

  private Path write(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.write(file, text.getBytes(UTF_8));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(42).nextBytes(bytes);
    return bytes;
  }

  /** Hides that an input is local, so that copying takes the general way. */
  private record Undisclosed(StorageInput input) implements StorageInput {
    @Override
    public StoragePath path() {
      return input.path();
    }

    @Override
    public long size() {
      return input.size();
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
      input.readFully(position, target);
    }

    @Override
    public void close() {
      throw new IllegalStateException("The opener closes it");
    }
  }
}
