package dev.keymerge.internal.memory;

/**
 * Frees memory of one merge when another part of the same merge gets none: by spilling, by
 * shrinking a cache, or by giving up what only saves time.
 *
 * <p>Runs on whichever thread of the merge asks for memory or notices that it is scarce, one
 * reclaimer of a merge at a time, possibly deep inside of the very holder that it belongs to. So it
 * must never wait for a lock that a thread may hold while it asks for memory: what cannot be freed
 * now is not freed, and 0 is the answer. It may ask for memory itself, and is refused what is not
 * there without further ado.
 */
public interface MemoryReclaimer {
  /**
   * Returns about how much of {@code kind} could be freed now; the one with the most is asked
   * first. Cheap, and may be called by any thread.
   */
  long reclaimableBytes(MemoryKind kind);

  /**
   * Frees {@code bytes} of {@code kind} if that is possible, less or more if that is how it comes.
   *
   * @return how much was given back to the budget; 0 if nothing could be freed now
   */
  long reclaim(MemoryKind kind, long bytes);

  /** Ends a reclaimer's duty. Closing twice is harmless. */
  interface Registration extends AutoCloseable {
    @Override
    void close();
  }
}
