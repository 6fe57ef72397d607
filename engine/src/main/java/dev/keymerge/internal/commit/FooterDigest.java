package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.Sha256;
import dev.keymerge.internal.storage.Storage;
import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;

/**
 * Boils the footer of a Parquet file down to one number.
 *
 * <p>A footer holds the place, size and statistics of everything in its file, so that two versions
 * of a file differ in it for all practical purposes, and it is read in no time. A file without a
 * footer is taken by its last bytes. Pure functions.
 */
final class FooterDigest {
  private static final int TAIL_BYTES = 8;
  private static final int CHUNK_BYTES = 16 << 10;

  private FooterDigest() {}

  /** Returns the number for the file at {@code path}. */
  static long of(Storage storage, StoragePath path) throws IOException {
    try (StorageInput input = storage.open(path)) {
      return of(input);
    }
  }

  /** Returns the number for an open file. */
  static long of(StorageInput input) throws IOException {
    MessageDigest digest = Sha256.digest();
    ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long size = input.size();
    long position = size - footerBytes(input, buffer);
    while (position < size) {
      buffer.clear().limit((int) Math.min(CHUNK_BYTES, size - position));
      input.readFully(position, buffer);
      position += buffer.position();
      digest.update(buffer.flip());
    }
    return ByteBuffer.wrap(digest.digest()).getLong();
  }

  private static long footerBytes(StorageInput input, ByteBuffer buffer) throws IOException {
    if (input.size() < TAIL_BYTES) {
      return input.size();
    }
    buffer.clear().limit(TAIL_BYTES);
    input.readFully(input.size() - TAIL_BYTES, buffer);
    return Math.min(input.size(), Math.max(0, buffer.getInt(0)) + (long) TAIL_BYTES);
  }
}
