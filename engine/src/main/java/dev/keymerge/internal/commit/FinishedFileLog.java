package dev.keymerge.internal.commit;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads the log of finished files and knows the form of its lines: eight hexadecimal digits of
 * checksum, a blank, and the text. The first text names the version and the fence.
 *
 * <p>Everything from the first line on that is not sound counts as not written.
 */
final class FinishedFileLog {
  private static final String VERSION = "keymerge resume 1 ";
  private static final int DIGITS = 8;
  private static final int LONGEST_LINE = 16 << 10;
  // What is made of a line, beside its texts: an entry of a map and of another one.
  private static final long ENTRY_BYTES = 300;

  private FinishedFileLog() {}

  /** Returns the first text of a log. */
  static String header(String fence) {
    return VERSION + fence;
  }

  /** Returns the line for {@code text}, without its end. */
  static String sealed(String text) {
    return HistoryFile.checksum(text) + " " + text;
  }

  /**
   * Returns the files that the log at {@code path} names, none if there is no log of {@code fence}.
   *
   * @param memory charged for what is returned
   */
  static List<FinishedFile> read(
      Storage storage, StoragePath path, String fence, MemoryReservation memory)
      throws IOException {
    List<FinishedFile> files = new ArrayList<>();
    Optional<FileStatus> status = storage.status(path);
    if (status.isEmpty() || status.get().directory()) {
      return files;
    }
    try (StorageInput input = storage.open(path);
        InputStream bytes = new SequentialInput(input, 0, input.size())) {
      Optional<String> line = nextLine(bytes);
      if (!line.equals(Optional.of(header(fence)))) {
        return files;
      }
      while (true) {
        line = nextLine(bytes);
        Optional<FinishedFile> file = line.flatMap(text -> FinishedFile.parse(text, path.parent()));
        if (file.isEmpty()) {
          return files;
        }
        memory.grow(ENTRY_BYTES + 2L * line.get().length());
        files.add(file.get());
      }
    }
  }

  /** Returns the text of the next line, or empty if none that is sound follows. */
  private static Optional<String> nextLine(InputStream bytes) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int each = bytes.read(); each != '\n'; each = bytes.read()) {
      if (each < 0 || line.size() == LONGEST_LINE) {
        return Optional.empty();
      }
      line.write(each);
    }
    return opened(line.toString(StandardCharsets.UTF_8));
  }

  private static Optional<String> opened(String line) {
    if (line.length() <= DIGITS || line.charAt(DIGITS) != ' ') {
      return Optional.empty();
    }
    String text = line.substring(DIGITS + 1);
    return sealed(text).equals(line) ? Optional.of(text) : Optional.empty();
  }
}
