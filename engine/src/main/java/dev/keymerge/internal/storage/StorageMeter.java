package dev.keymerge.internal.storage;

/**
 * Hears how many bytes go to and come from a storage. Implementations are thread-safe and cheap.
 */
public interface StorageMeter {
  /** Takes note of bytes that were read. */
  void read(long bytes);

  /** Takes note of bytes that were written, copied ones among them. */
  void wrote(long bytes);
}
