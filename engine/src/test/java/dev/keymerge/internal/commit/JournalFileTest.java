package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.Sha256;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import dev.keymerge.internal.target.TargetKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JournalFileTest {
  private static final int VERSION_AT = 8;
  private static final int LENGTH_AT = 12;
  private static final int DIGEST_BYTES = 32;

  private final Storage storage = new LocalStorage();
  private final MemoryBudget budget = new MemoryBudget(1_000_000);
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("journal");
  }

  @Test
  void readsWhatItWrote() throws IOException {
    write(Journals.full());
    assertThat(read()).isEqualTo(Journals.full());
  }

  @Test
  void readsTheJournalOfAnUndoToo() throws IOException {
    Journal journal =
        new Journal(
            Journals.entry(Journals.ID, Journals.OTHER_ID, null),
            TargetKind.FILE,
            Journal.Form.FILE_BY_FILE,
            List.of(),
            List.of(
                new JournalStep.Add(
                    "one",
                    "previous/" + Journals.OTHER_ID + "/0.kept",
                    new FileState(1, 2, "", 3))));
    write(journal);
    assertThat(read()).isEqualTo(journal);
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    write(Journals.full());
    byte[] whole = Files.readAllBytes(file);
    for (int length = 0; length < whole.length; length++) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertMalformed();
    }
  }

  @Test
  void refusesBytesBehindTheEnd() throws IOException {
    write(Journals.full());
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length + 1));
    assertMalformed();
  }

  @Test
  void refusesAFlippedBitInEveryByte() throws IOException {
    write(Journals.full());
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << at % 8);
      Files.write(file, damaged);
      assertMalformed();
    }
  }

  @Test
  void refusesEveryBlockThatWasLost() throws IOException {
    write(Journals.full());
    byte[] whole = Files.readAllBytes(file);
    for (int start = 0; start < whole.length; start += 16) {
      byte[] damaged = whole.clone();
      Arrays.fill(damaged, start, Math.min(whole.length, start + 16), (byte) 0);
      Files.write(file, damaged);
      assertMalformed();
    }
  }

  @Test
  void namesTheVersionThatItDoesNotKnow() throws IOException {
    write(Journals.full());
    byte[] later = Files.readAllBytes(file);
    ByteBuffer.wrap(later).putInt(VERSION_AT, 2);
    Files.write(file, sealed(later));
    assertThatThrownBy(this::read)
        .isInstanceOf(MalformedJournalException.class)
        .hasMessageContaining("version 2, not of version 1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../a.parq",
        "/etc/abcd",
        "x/../../b",
        "x//parque",
        "./parquet",
        "parquets/",
        "_keymerge",
        "e/f/..abc/"
      })
  void refusesPathsThatLeadOutOfTheTargetEvenUnderASoundChecksum(String path) throws IOException {
    write(Journals.full());
    byte[] bytes = Files.readAllBytes(file);
    byte[] name = "a.parquet".getBytes(StandardCharsets.UTF_8);
    byte[] evil = path.getBytes(StandardCharsets.UTF_8);
    int at = indexOf(bytes, name);
    byte[] patched = new byte[bytes.length + evil.length - name.length];
    System.arraycopy(bytes, 0, patched, 0, at);
    System.arraycopy(evil, 0, patched, at, evil.length);
    System.arraycopy(
        bytes, at + name.length, patched, at + evil.length, bytes.length - at - name.length);
    ByteBuffer.wrap(patched).putInt(at - Integer.BYTES, evil.length);
    long length = ByteBuffer.wrap(bytes).getLong(LENGTH_AT);
    ByteBuffer.wrap(patched).putLong(LENGTH_AT, length + evil.length - name.length);
    Files.write(file, sealed(patched));
    assertMalformed();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a.staged",
        "previous/x/0.kept",
        Journals.OTHER_ID + "/0.staged",
        Journals.ID + "/../../x",
        "../" + Journals.ID + "/x",
        "history",
        "previous/" + Journals.ID
      })
  void takesFilesFromStagingAndPreviousVersionsOnly(String source) {
    assertThatThrownBy(() -> Journals.replacing("a.parquet", source))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesEveryNumberThatIsTooLargeWithoutAllocatingForIt() throws IOException {
    write(Journals.full());
    byte[] whole = Files.readAllBytes(file);
    for (int at = LENGTH_AT + Long.BYTES; at < whole.length - DIGEST_BYTES - 4; at++) {
      byte[] huge = whole.clone();
      ByteBuffer.wrap(huge).putInt(at, Integer.MAX_VALUE);
      Files.write(file, sealed(huge));
      try {
        read();
      } catch (MalformedJournalException | MergeException.LimitExceeded expected) {
        assertThat(expected).hasMessageContaining("");
      }
    }
  }

  @Test
  void asksForTheMemoryOfThePlan() throws IOException {
    write(Journals.full());
    try (MemoryReservation memory = new MemoryBudget(400).open("test")) {
      assertThatThrownBy(() -> JournalFile.read(storage, path(), memory))
          .isInstanceOf(MergeException.LimitExceeded.class);
    }
  }

  @Test
  void holdsLittleForEachStep() throws IOException {
    List<JournalStep> steps =
        IntStream.range(0, 1000)
            .<JournalStep>mapToObj(
                i ->
                    new JournalStep.Add(
                        i + ".parquet",
                        Journals.ID + "/successor-" + i + ".staged",
                        new FileState(i, -i, "inode " + i, 7L * i)))
            .toList();
    Journal journal =
        new Journal(
            Journals.entry(Journals.ID, null, null),
            TargetKind.DIRECTORY,
            Journal.Form.FILE_BY_FILE,
            List.of(),
            steps);
    write(journal);
    try (MemoryReservation memory = new MemoryBudget(200_000).open("test")) {
      Journal read = JournalFile.read(storage, path(), memory);
      assertThat(read.steps()).isEqualTo(steps);
      assertThat(read).isEqualTo(journal);
    }
  }

  private void write(Journal journal) throws IOException {
    JournalFile.write(storage, path(), journal);
  }

  private Journal read() throws IOException {
    try (MemoryReservation memory = budget.open("test")) {
      return JournalFile.read(storage, path(), memory);
    }
  }

  private void assertMalformed() {
    assertThatThrownBy(this::read)
        .isInstanceOf(MalformedJournalException.class)
        .hasMessageContaining(file.toString());
  }

  private StoragePath path() {
    return new StoragePath(file.toString());
  }

  /** Returns the bytes with the digest that fits them at their end. */
  private static byte[] sealed(byte[] bytes) {
    byte[] sealed = bytes.clone();
    int end = bytes.length - DIGEST_BYTES;
    byte[] digest = Sha256.digest().digest(Arrays.copyOf(bytes, end));
    System.arraycopy(digest, 0, sealed, end, DIGEST_BYTES);
    return sealed;
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int at = 0; at <= bytes.length - part.length; at++) {
      if (Arrays.equals(bytes, at, at + part.length, part, 0, part.length)) {
        return at;
      }
    }
    throw new AssertionError("Not there");
  }
}
