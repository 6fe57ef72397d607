package dev.keymerge.internal.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Puts well-known ways to replace a file on the model, right ones and wrong ones, and sees that it
 * tells them apart.
 */
class CrashStorageTest {
  private static final int MIXES = 1_000;
  private static final String OLD = "old content";
  private static final String NEW = "the new content";
  private static final StoragePath TARGET = path("/data/table");
  private static final StoragePath STAGED = path("/data/table.new");
  private static final StoragePath ELSEWHERE = path("/staging/table");

  private CrashStorage storage = new CrashStorage();

  @BeforeEach
  void putTheOldFile() throws IOException {
    storage = new CrashStorage();
    storage.put(TARGET.text(), bytes(OLD));
    storage.put("/staging/kept", bytes("kept"));
    storage.record();
  }

  private static StoragePath path(String text) {
    return new StoragePath(text);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private StorageOutput write(StoragePath path, String text) throws IOException {
    StorageOutput output = storage.create(path);
    output.write(ByteBuffer.wrap(bytes(text)));
    return output;
  }

  /** Returns what may stand at a path after a crash at any moment; "-" for nothing. */
  private Set<String> found(StoragePath path) {
    Set<String> found = new TreeSet<>();
    for (CrashMoment moment : storage.moments()) {
      found.addAll(found(moment, path));
    }
    return found;
  }

  private static Set<String> found(CrashMoment moment, StoragePath path) {
    Set<String> found = new TreeSet<>();
    for (CrashStorage survivor : moment.survivors(new Random(1), MIXES)) {
      found.add(content(survivor, path));
    }
    return found;
  }

  private Set<String> foundAtTheEnd(StoragePath path) {
    List<CrashMoment> moments = storage.moments();
    return found(moments.get(moments.size() - 1), path);
  }

  private static String content(CrashStorage survivor, StoragePath path) {
    byte[] bytes = survivor.files().get(path.text());
    return bytes == null ? "-" : new String(bytes, StandardCharsets.UTF_8);
  }

  @Test
  void theRightWayLeavesOldOrNewAndNothingElse() throws IOException {
    try (StorageOutput output = write(STAGED, NEW)) {
      output.sync();
    }
    storage.replace(STAGED, TARGET);
    assertThat(foundAtTheEnd(TARGET)).containsExactlyInAnyOrder(OLD, NEW);
    storage.syncDirectory(path("/data"));
    assertThat(foundAtTheEnd(TARGET)).containsExactly(NEW);
    assertThat(foundAtTheEnd(STAGED)).containsExactly("-");
    assertThat(found(TARGET)).containsExactlyInAnyOrder(OLD, NEW);
  }

  @Test
  void withoutSyncingTheFileTheNewNameMayHoldNothingZerosOrAPart() throws IOException {
    write(STAGED, NEW).close();
    storage.replace(STAGED, TARGET);
    storage.syncDirectory(path("/data"));
    Set<String> found = foundAtTheEnd(TARGET);
    assertThat(found).contains("", NEW, "\0".repeat(NEW.length())).doesNotContain(OLD);
    for (int cut = 1; cut < NEW.length(); cut++) {
      assertThat(found).contains(NEW.substring(0, cut));
    }
  }

  @Test
  void syncingTheFileAfterTheRenameIsTooLate() throws IOException {
    try (StorageOutput output = write(STAGED, NEW)) {
      storage.replace(STAGED, TARGET);
      output.sync();
    }
    storage.syncDirectory(path("/data"));
    assertThat(foundAtTheEnd(TARGET)).containsExactly(NEW);
    assertThat(found(TARGET)).contains("");
  }

  @Test
  void writingInPlaceLosesTheOldContent() throws IOException {
    storage.delete(TARGET);
    try (StorageOutput output = write(TARGET, NEW)) {
      output.sync();
    }
    storage.syncDirectory(path("/data"));
    assertThat(found(TARGET)).contains("-", "");
  }

  @Test
  void aNewFileIsLostWithItsNameHoweverOftenItIsSynced() throws IOException {
    try (StorageOutput output = write(STAGED, NEW)) {
      output.sync();
      output.sync();
    }
    assertThat(foundAtTheEnd(STAGED)).containsExactlyInAnyOrder("-", NEW);
    storage.syncDirectory(path("/data"));
    assertThat(foundAtTheEnd(STAGED)).containsExactly(NEW);
  }

  @Test
  void bytesWrittenAfterASyncMayBeCutButNotThoseBefore() throws IOException {
    try (StorageOutput output = write(STAGED, "safe ")) {
      output.sync();
      output.write(ByteBuffer.wrap(bytes("and not")));
    }
    storage.syncDirectory(path("/data"));
    Set<String> found = foundAtTheEnd(STAGED);
    assertThat(found).contains("safe ", "safe and not", "safe and", "safe \0\0\0\0\0\0\0");
    assertThat(found).allMatch(text -> text.startsWith("safe "));
  }

  @Test
  void namesOfOneDirectoryAreKeptInAnyOrder() throws IOException {
    storage.put("/data/second", bytes(OLD));
    storage.put("/data/table.new", bytes(NEW));
    storage.put("/data/second.new", bytes(NEW));
    storage.record();
    storage.replace(STAGED, TARGET);
    storage.replace(path("/data/second.new"), path("/data/second"));
    Set<String> pairs = new HashSet<>();
    List<CrashMoment> moments = storage.moments();
    for (CrashStorage survivor : moments.get(moments.size() - 1).survivors(new Random(1), MIXES)) {
      pairs.add(content(survivor, TARGET) + "+" + content(survivor, path("/data/second")));
    }
    assertThat(pairs)
        .containsExactlyInAnyOrder(
            OLD + "+" + OLD, NEW + "+" + NEW, OLD + "+" + NEW, NEW + "+" + OLD);
  }

  @Test
  void aRenameNeverLosesTheFileWhicheverDirectoryIsSynced() throws IOException {
    for (List<String> synced :
        List.of(
            List.<String>of(),
            List.of("/data"),
            List.of("/staging"),
            List.of("/staging", "/data"))) {
      storage = new CrashStorage();
      storage.put(TARGET.text(), bytes(OLD));
      storage.put(ELSEWHERE.text(), bytes(NEW));
      storage.record();
      storage.replace(ELSEWHERE, TARGET);
      for (String directory : synced) {
        storage.syncDirectory(path(directory));
      }
      Set<String> pairs = new TreeSet<>();
      List<CrashMoment> moments = storage.moments();
      for (CrashStorage survivor :
          moments.get(moments.size() - 1).survivors(new Random(1), MIXES)) {
        pairs.add(content(survivor, ELSEWHERE) + "+" + content(survivor, TARGET));
      }
      Set<String> expected =
          synced.isEmpty()
              ? Set.of(NEW + "+" + OLD, NEW + "+" + NEW, "-+" + NEW)
              : synced.equals(List.of("/data"))
                  ? Set.of(NEW + "+" + NEW, "-+" + NEW)
                  : Set.of("-+" + NEW);
      assertThat(pairs).as("synced %s", synced).isEqualTo(expected);
    }
  }

  @Test
  void whatWasDeletedMayComeBackUntilItsDirectoryIsSynced() throws IOException {
    storage.delete(TARGET);
    assertThat(foundAtTheEnd(TARGET)).containsExactlyInAnyOrder("-", OLD);
    storage.syncDirectory(path("/data"));
    assertThat(foundAtTheEnd(TARGET)).containsExactly("-");
  }

  @Test
  void aTreeIsDeletedInPartsThatMayEachComeBack() throws IOException {
    storage.put("/data/sub/one", bytes("1"));
    storage.put("/data/sub/two", bytes("2"));
    storage.record();
    storage.deleteTree(path("/data"));
    Set<String> left = new HashSet<>();
    for (CrashMoment moment : storage.moments()) {
      for (CrashStorage survivor : moment.survivors(new Random(1), MIXES)) {
        Map<String, byte[]> files = survivor.files();
        left.add(
            (files.containsKey("/data/sub/one") ? "one " : "")
                + (files.containsKey("/data/sub/two") ? "two" : ""));
      }
    }
    assertThat(left).containsExactlyInAnyOrder("", "one ", "two", "one two");
  }

  @Test
  void aDirectoryWhoseOwnNameIsNotSafeIsLostWithAllThatIsSyncedInIt() throws IOException {
    storage.createDirectories(path("/data/made/deep"));
    StoragePath file = path("/data/made/deep/file");
    try (StorageOutput output = write(file, NEW)) {
      output.sync();
    }
    storage.syncDirectory(path("/data/made/deep"));
    storage.syncDirectory(path("/data"));
    assertThat(foundAtTheEnd(file)).containsExactlyInAnyOrder("-", NEW);
    storage.syncDirectory(path("/data/made"));
    assertThat(foundAtTheEnd(file)).containsExactly(NEW);
  }

  @Test
  void aWholeDirectoryMovesAtOnce() throws IOException {
    storage.put("/staging/new/a", bytes("a"));
    storage.put("/staging/new/b", bytes("b"));
    storage.record();
    storage.replace(path("/staging/new"), path("/fresh"));
    List<CrashMoment> moments = storage.moments();
    for (CrashStorage survivor : moments.get(moments.size() - 1).survivors(new Random(1), MIXES)) {
      Map<String, byte[]> files = survivor.files();
      assertThat(files.containsKey("/fresh/a")).isEqualTo(files.containsKey("/fresh/b"));
      assertThat(files.containsKey("/fresh/a") || files.containsKey("/staging/new/a")).isTrue();
    }
    storage.syncDirectory(path("/"));
    assertThat(foundAtTheEnd(path("/fresh/a"))).containsExactly("a");
  }

  @Test
  void aSecondNameKeepsTheFileWhenTheFirstIsReplaced() throws IOException {
    StoragePath second = path("/staging/second");
    storage.duplicate(TARGET, second);
    storage.syncDirectory(path("/staging"));
    try (StorageOutput output = write(STAGED, NEW)) {
      output.sync();
    }
    storage.replace(STAGED, TARGET);
    assertThat(foundAtTheEnd(second)).containsExactly(OLD);
    assertThat(foundAtTheEnd(TARGET)).containsExactlyInAnyOrder(OLD, NEW);
  }

  @Test
  void renamingOneNameOfAFileToAnotherOfItsNamesDoesNothing() throws IOException {
    StoragePath second = path("/staging/second");
    storage.duplicate(TARGET, second);
    storage.replace(second, TARGET);
    assertThat(content(storage, second)).isEqualTo(OLD);
    assertThat(content(storage, TARGET)).isEqualTo(OLD);
  }

  @Test
  void whatSurvivedACrashSurvivesTheNextOne() throws IOException {
    write(STAGED, NEW).close();
    for (CrashMoment moment : storage.moments()) {
      for (CrashStorage survivor : moment.survivors(new Random(1), MIXES)) {
        survivor.record();
        assertThat(survivor.moments().get(0).survivors(new Random(2), MIXES))
            .singleElement()
            .satisfies(again -> assertThat(again.paths()).isEqualTo(survivor.paths()));
      }
    }
  }

  @Test
  void namesThatStandForSomethingAreNotTakenAndMissingOnesAreSaid() throws IOException {
    assertThatThrownBy(() -> storage.create(TARGET)).isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> storage.duplicate(TARGET, path("/staging/kept")))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThatThrownBy(() -> storage.open(STAGED)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> storage.create(path("/nowhere/file")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> storage.delete(path("/data"))).isInstanceOf(IOException.class);
    storage.delete(STAGED);
    storage.deleteTree(STAGED);
    assertThat(storage.status(STAGED)).isEmpty();
    assertThat(storage.listDataFiles(path("/data")))
        .extracting(FileStatus::path)
        .containsExactly(TARGET);
    assertThat(storage.resolve("/data/./x/../table")).isEqualTo(TARGET);
  }

  @Test
  void anOpenFileIsReadToItsEndWhateverBecomesOfItsName() throws IOException {
    try (StorageInput input = storage.open(TARGET)) {
      write(STAGED, NEW).close();
      storage.replace(STAGED, TARGET);
      ByteBuffer buffer = ByteBuffer.allocate(OLD.length());
      input.readFully(0, buffer);
      assertThat(new String(buffer.array(), StandardCharsets.UTF_8)).isEqualTo(OLD);
    }
  }
}
