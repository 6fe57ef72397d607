package dev.keymerge.internal.scan;

import dev.keymerge.internal.storage.StorageInput;
import dev.keymerge.internal.storage.StorageOutput;
import dev.keymerge.internal.storage.StoragePath;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/**
 * Writes a file and knows a digest of what was written, so that rows which can be read only once
 * are recognized when they come again.
 *
 * <p>Two checksums of different kinds make up the digest: the processor computes either of them at
 * the speed of memory. Owns the output that it writes to. Not thread-safe.
 */
final class DigestingOutput implements StorageOutput {
  private final StorageOutput output;
  private final CRC32 first = new CRC32();
  private final CRC32C second = new CRC32C();

  DigestingOutput(StorageOutput output) {
    this.output = output;
  }

  /** Returns the digest of all bytes so far. */
  String digest() {
    return Long.toHexString(first.getValue())
        + "-"
        + Long.toHexString(second.getValue())
        + "-"
        + position();
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
    first.update(source.duplicate());
    second.update(source.duplicate());
    output.write(source);
  }

  @Override
  public void copyFrom(StorageInput input, long position, long length) throws IOException {
    throw new UnsupportedOperationException("Only what passes by can be digested");
  }

  @Override
  public void sync() throws IOException {
    output.sync();
  }

  @Override
  public void close() throws IOException {
    output.close();
  }
}
