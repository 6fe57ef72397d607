package dev.keymerge.internal.target;

import dev.keymerge.internal.storage.Sha256;
import dev.keymerge.internal.storage.StorageInput;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Boils the files of a target down to one number: their relative names, lengths and footers, in
 * order.
 *
 * <p>A footer holds the places, sizes and statistics of everything in its file, so files of
 * different content differ in it for all practical purposes; nobody relies on more than distinct
 * names for new files. Not thread-safe.
 */
final class ContentDigest {
  private static final int TAIL_BYTES = 8;
  private static final int CHUNK_BYTES = 64 << 10;

  private final MessageDigest digest = Sha256.digest();
  private final ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Takes the name and the length of the next file in. */
  void add(String name, long bytes) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    buffer.clear().putInt(text.length).putLong(bytes).flip();
    digest.update(buffer);
    digest.update(text);
  }

  /**
   * Takes the file's footer in, or its last bytes if it has none; the caller has found the file to
   * be sound.
   */
  void addFooter(StorageInput input) throws IOException {
    long size = input.size();
    long length = Math.min(size, TAIL_BYTES);
    if (length == TAIL_BYTES) {
      buffer.clear().limit(TAIL_BYTES);
      input.readFully(size - TAIL_BYTES, buffer);
      length = Math.max(TAIL_BYTES, Math.min(size, buffer.getInt(0) + (long) TAIL_BYTES));
    }
    long position = size - length;
    while (position < size) {
      buffer.clear().limit((int) Math.min(CHUNK_BYTES, size - position));
      input.readFully(position, buffer);
      position += buffer.position();
      digest.update(buffer.flip());
    }
  }

  /** Returns the number in hexadecimal digits; nothing may be added afterwards. */
  String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
