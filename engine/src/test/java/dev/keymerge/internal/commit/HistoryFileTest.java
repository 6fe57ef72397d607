package dev.keymerge.internal.commit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.HistoryEntry;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HistoryFileTest {
  private final Storage storage = new LocalStorage();
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void nameTheFile() {
    file = directory.resolve("history");
  }

  @Test
  void tellsWhatWasAddedInOrder() throws IOException {
    HistoryEntry merge =
        Journals.entry(Journals.ID, null, Instant.ofEpochMilli(1_800_000_000_000L));
    HistoryEntry undo = Journals.entry(Journals.OTHER_ID, Journals.ID, null);
    extend(merge);
    extend(undo);

    assertThat(read()).containsExactly(merge, undo);
    assertThat(HistoryFile.tellsOf(storage, path(file), Journals.ID)).isTrue();
    assertThat(HistoryFile.tellsOf(storage, path(file), UUID.randomUUID().toString())).isFalse();
  }

  @Test
  void isEmptyWhereThereIsNone() throws IOException {
    assertThat(read()).isEmpty();
  }

  @Test
  void leavesOutEveryDamagedLineAndKeepsTheOthers() throws IOException {
    HistoryEntry first = Journals.entry(Journals.ID, null, null);
    HistoryEntry second = Journals.entry(Journals.OTHER_ID, null, null);
    extend(first);
    int lineBytes = (int) Files.size(file);
    extend(second);
    byte[] whole = Files.readAllBytes(file);
    for (int at = 0; at < lineBytes - 1; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 1;
      Files.write(file, damaged);
      assertThat(read()).as("byte %d", at).containsExactly(second);
    }
  }

  @Test
  void keepsTheLatestThousandLines() throws IOException {
    StringBuilder many = new StringBuilder();
    extend(Journals.entry(Journals.ID, null, null));
    String line = Files.readString(file);
    for (int i = 0; i < HistoryFile.MOST_LINES; i++) {
      many.append(line);
    }
    Files.writeString(file, many);
    HistoryEntry latest = Journals.entry(Journals.OTHER_ID, null, null);
    extend(latest);

    List<HistoryEntry> entries = read();
    assertThat(entries).hasSize(HistoryFile.MOST_LINES).endsWith(latest);
  }

  @Test
  void handsLinesOfLaterVersionsOnWithoutReadingThem() throws IOException {
    String later = "2\tsomething new";
    CRC32C checksum = new CRC32C();
    checksum.update(later.getBytes(StandardCharsets.UTF_8));
    later += String.format("\t%08x", checksum.getValue());
    Files.writeString(file, later + "\n");
    HistoryEntry entry = Journals.entry(Journals.ID, null, null);
    extend(entry);

    assertThat(Files.readString(file)).startsWith(later + "\n");
    assertThat(read()).containsExactly(entry);
  }

  @Test
  void takesNoNameThatIsNotOneOfAMerge() throws IOException {
    extend(Journals.entry("../../x", null, null));
    assertThat(read()).isEmpty();
  }

  @Test
  void readsABoundedPartOfAFileThatSomeoneBlewUp() throws IOException {
    HistoryEntry entry = Journals.entry(Journals.ID, null, null);
    extend(entry);
    String line = Files.readString(file);
    Files.writeString(file, "x".repeat(5 << 20) + "\n" + line);
    assertThat(read()).containsExactly(entry);
  }

  private void extend(HistoryEntry entry) throws IOException {
    Path next = directory.resolve("next");
    HistoryFile.extend(storage, path(file), entry, path(next));
    storage.replace(path(next), path(file));
  }

  private List<HistoryEntry> read() throws IOException {
    return HistoryFile.read(storage, path(file));
  }

  private static StoragePath path(Path path) {
    return new StoragePath(path.toString());
  }
}
