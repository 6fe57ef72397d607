package dev.keymerge;

/**
 * Hears from time to time how far a merge has come.
 *
 * <p>Called on one thread of its own, never on one that merges, and never twice at once. A slow
 * listener hears less often and holds nothing up; one that throws is not called again, and the
 * merge goes on. The last call of a merge reports its final state, unless the listener is busy for
 * more than a second then.
 */
@FunctionalInterface
public interface ProgressListener {
  /** Takes note of {@code progress}, which is immutable and may be kept. */
  void onProgress(Progress progress);
}
