package dev.keymerge.internal.commit;

import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.storage.FileStatus;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * Reads the log of finished files and knows the form of its lines: eight hexadecimal digits of
 * checksum, a blank, and the text. The first text names the version and the fence.
 *
 * <p>Everything from the first line on that is not sound counts as not written.
 */
final class FinishedFileLog {
  private static final String VERSION = "keymerge resume 1 ";
  private static final int DIGITS = 8;
  private static final long LARGEST_BYTES = 64 << 20;

  private FinishedFileLog() {}

  /** Returns the first text of a log. */
  static String header(String fence) {
    return VERSION + fence;
  }

  /** Returns the line for {@code text}, without its end. */
  static String sealed(String text) {
    CRC32C checksum = new CRC32C();
    checksum.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%08x %s", checksum.getValue(), text);
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
    if (status.isEmpty() || status.get().directory() || status.get().bytes() > LARGEST_BYTES) {
      return files;
    }
    int bytes = (int) status.get().bytes();
    // The text, its lines, and what is made of them.
    memory.grow(8L * bytes);
    byte[] content = new byte[bytes];
    try (StorageInput input = storage.open(path)) {
      input.readFully(0, ByteBuffer.wrap(content));
    }
    String text = new String(content, StandardCharsets.UTF_8);
    int start = 0;
    boolean first = true;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      Optional<String> line = opened(text.substring(start, end));
      start = end + 1;
      if (first && !line.equals(Optional.of(header(fence)))) {
        return files;
      }
      Optional<FinishedFile> file = first ? Optional.empty() : line.flatMap(FinishedFile::parse);
      if (!first && file.isEmpty()) {
        return files;
      }
      file.ifPresent(files::add);
      first = false;
    }
    return files;
  }

  private static Optional<String> opened(String line) {
    if (line.length() <= DIGITS || line.charAt(DIGITS) != ' ') {
      return Optional.empty();
    }
    String text = line.substring(DIGITS + 1);
    return sealed(text).equals(line) ? Optional.of(text) : Optional.empty();
  }
}
