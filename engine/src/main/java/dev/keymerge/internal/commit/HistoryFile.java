package dev.keymerge.internal.commit;

import dev.keymerge.HistoryEntry;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what was done to a dataset, a line each, oldest first.
 *
 * <p>A line is its fields with tabs between them, and a checksum of them all. The file is never
 * changed, only replaced by one with a line more; when there are too many lines, the oldest go. A
 * line that is damaged is left out. Pure functions.
 */
final class HistoryFile {
  /** The most lines that are kept. */
  static final int MOST_LINES = 1000;

  private static final Logger LOGGER = LoggerFactory.getLogger(HistoryFile.class);
  private static final String VERSION = "1";
  private static final String NOTHING = "-";
  private static final int FIELDS = 18;
  // A thousand lines are far shorter; whatever is longer was not written here.
  private static final int MOST_BYTES = 2 << 20;

  private HistoryFile() {}

  /** Returns what {@code path} tells, oldest first; nothing if there is no such file. */
  static List<HistoryEntry> read(Storage storage, StoragePath path) throws IOException {
    List<HistoryEntry> entries = new ArrayList<>();
    for (String line : lines(storage, path)) {
      HistoryEntry entry = parse(line);
      if (entry != null) {
        entries.add(entry);
      }
    }
    return entries;
  }

  /** Returns whether {@code path} tells of the merge of that name. */
  static boolean tellsOf(Storage storage, StoragePath path, String mergeId) throws IOException {
    return read(storage, path).stream().anyMatch(entry -> entry.mergeId().equals(mergeId));
  }

  /**
   * Writes what {@code path} tells and {@code entry} to {@code successor}, which must not exist and
   * belongs to the same people as the directory of {@code path}; it survives a loss of power as
   * soon as its name does.
   */
  static void extend(Storage storage, StoragePath path, HistoryEntry entry, StoragePath successor)
      throws IOException {
    List<String> lines = lines(storage, path);
    lines.add(format(entry));
    StringBuilder text = new StringBuilder();
    for (String line : lines.subList(Math.max(0, lines.size() - MOST_LINES), lines.size())) {
      text.append(line).append('\n');
    }
    try (StorageOutput output = storage.create(successor)) {
      storage.copyAttributes(path.parent(), successor);
      output.write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
      output.sync();
    }
  }

  /** Returns the lines whose checksums fit, those of later versions among them. */
  private static List<String> lines(Storage storage, StoragePath path) throws IOException {
    List<String> sound = new ArrayList<>();
    if (storage.status(path).isEmpty()) {
      return sound;
    }
    String text;
    try (StorageInput input = storage.open(path)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(MOST_BYTES, input.size()));
      input.readFully(input.size() - bytes.capacity(), bytes);
      text = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    }
    for (String line : text.split("\n")) {
      int tab = line.lastIndexOf('\t');
      if (tab > 0 && line.substring(tab + 1).equals(checksum(line.substring(0, tab)))) {
        sound.add(line);
      } else if (!line.isEmpty()) {
        LOGGER.warn("A damaged line of the history {} is left out", path);
      }
    }
    return sound;
  }

  /** Returns the checksum of a line, eight hexadecimal digits. */
  static String checksum(String text) {
    CRC32C checksum = new CRC32C();
    checksum.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x", checksum.getValue());
  }

  private static String format(HistoryEntry entry) {
    String fields =
        String.join(
            "\t",
            VERSION,
            entry.mergeId(),
            entry.operation().name(),
            entry.undoes() == null ? NOTHING : entry.undoes(),
            entry.time().toString(),
            entry.user(),
            entry.host(),
            Long.toString(entry.process()),
            entry.strategy(),
            Long.toString(entry.inserted()),
            Long.toString(entry.updated()),
            Long.toString(entry.deleted()),
            Long.toString(entry.rowsBefore()),
            Long.toString(entry.rowsAfter()),
            Integer.toString(entry.filesRewritten()),
            Integer.toString(entry.filesAdded()),
            Integer.toString(entry.filesRemoved()),
            entry.keptUntil() == null ? NOTHING : entry.keptUntil().toString());
    return fields + "\t" + checksum(fields);
  }

  /** Returns what a sound line says, or null if a later version wrote it. */
  private static @Nullable HistoryEntry parse(String line) {
    String[] field = line.split("\t", -1);
    if (!field[0].equals(VERSION) || field.length != FIELDS + 1) {
      return null;
    }
    // Names of merges become names of directories.
    if (!DatasetHome.isMergeId(field[1])
        || !(field[3].equals(NOTHING) || DatasetHome.isMergeId(field[3]))) {
      return null;
    }
    try {
      return new HistoryEntry(
          field[1],
          HistoryEntry.Operation.valueOf(field[2]),
          field[3].equals(NOTHING) ? null : field[3],
          Instant.parse(field[4]),
          field[5],
          field[6],
          Long.parseLong(field[7]),
          field[8],
          Long.parseLong(field[9]),
          Long.parseLong(field[10]),
          Long.parseLong(field[11]),
          Long.parseLong(field[12]),
          Long.parseLong(field[13]),
          Integer.parseInt(field[14]),
          Integer.parseInt(field[15]),
          Integer.parseInt(field[16]),
          field[17].equals(NOTHING) ? null : Instant.parse(field[17]));
    } catch (IllegalArgumentException | DateTimeException unsound) {
      LOGGER.warn("A line of the history makes no sense and is left out: {}", line);
      return null;
    }
  }
}
