package dev.keymerge.internal.parquet;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;

/** Gives files footers that say what a test wants. */
final class PatchedFooter {
  private static final int TAIL = 8;

  private PatchedFooter() {}

  /** Changes the footer of a file in place. */
  static void patch(Path file, Consumer<FileMetaData> change) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - TAIL);
    int start = bytes.length - TAIL - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(bytes, start, length));
    change.accept(footer);
    ByteArrayOutputStream patched = new ByteArrayOutputStream();
    patched.write(bytes, 0, start);
    Util.writeFileMetaData(footer, patched);
    int patchedLength = patched.size() - start;
    patched.write(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(patchedLength)
            .array());
    patched.write(Arrays.copyOfRange(bytes, bytes.length - Integer.BYTES, bytes.length));
    Files.write(file, patched.toByteArray());
  }

  /** Returns the footer of a file. */
  static FileMetaData read(Path file) throws IOException {
    FileMetaData[] found = new FileMetaData[1];
    Path copy = Files.createTempFile(file.toAbsolutePath().getParent(), "footer", "");
    Files.write(copy, Files.readAllBytes(file));
    patch(copy, footer -> found[0] = footer);
    Files.delete(copy);
    return found[0];
  }
}
