package dev.keymerge.internal.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Writes one new file from its beginning to its end.
 *
 * <p>Not thread-safe. Closing releases the handle and promises nothing about the disk; {@link
 * #sync} does.
 */
public interface StorageOutput extends Closeable {
  /** Returns which file this writes, for messages. */
  StoragePath path();

  /** Returns how many bytes have been written so far: the position of the next byte. */
  long position();

  /** Appends all remaining bytes of {@code source}. */
  void write(ByteBuffer source) throws IOException;

  /**
   * Appends {@code length} bytes of {@code input} from {@code position} on, by the fastest way the
   * storage has.
   */
  void copyFrom(StorageInput input, long position, long length) throws IOException;

  /** Returns once everything written so far survives a loss of power. */
  void sync() throws IOException;
}
