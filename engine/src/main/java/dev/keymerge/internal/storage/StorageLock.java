package dev.keymerge.internal.storage;

import java.io.Closeable;
import java.io.IOException;

/**
 * Holds a file locked, for this process alone, until it is closed or the process is no more.
 *
 * <p>The file stays when the lock is released; a holder that wants it gone deletes it before. One
 * thread at a time.
 */
public interface StorageLock extends Closeable {
  /** Returns which file is locked. */
  StoragePath path();

  /** Makes {@code text}, which says who holds the lock, what the file holds. */
  void write(String text) throws IOException;

  /** Releases the lock; closing twice is harmless. */
  @Override
  void close() throws IOException;
}
