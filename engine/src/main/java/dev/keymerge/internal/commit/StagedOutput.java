package dev.keymerge.internal.commit;

import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Writes a staged file and keeps track of whether everything written has been synced.
 *
 * <p>Owns the output that it writes to. Not thread-safe.
 */
final class StagedOutput implements StorageOutput {
  private final StorageOutput output;
  private final Set<StoragePath> unsynced;

  /**
   * Creates a file that is not synced.
   *
   * @param unsynced the files of which that is to be said
   */
  StagedOutput(StorageOutput output, Set<StoragePath> unsynced) {
    this.output = output;
    this.unsynced = unsynced;
    unsynced.add(output.path());
  }

  @Override
  public StoragePath path() {
    return output.path();
  }

  @Override
  public long position() {
    return output.position();
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    unsynced.add(path());
    output.write(source);
  }

  @Override
  public void copyFrom(StorageInput input, long position, long length) throws IOException {
    unsynced.add(path());
    output.copyFrom(input, position, length);
  }

  @Override
  public void sync() throws IOException {
    output.sync();
    unsynced.remove(path());
  }

  @Override
  public void close() throws IOException {
    output.close();
  }
}
