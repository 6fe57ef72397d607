package dev.keymerge.internal.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads one file at any position.
 *
 * <p>Reads do not move a shared cursor, so several threads may read at once. The opener owns it and
 * closes it.
 */
public interface StorageInput extends Closeable {
  /** Returns which file this reads, for messages. */
  StoragePath path();

  /** Returns the length of the file in bytes, as it was when opened. */
  long size();

  /**
   * Fills the rest of {@code target} from {@code position} on.
   *
   * @throws java.io.EOFException if the file ends before the buffer is full
   * @throws IOException if the read fails
   */
  void readFully(long position, ByteBuffer target) throws IOException;
}
