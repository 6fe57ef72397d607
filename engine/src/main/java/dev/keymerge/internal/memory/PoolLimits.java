package dev.keymerge.internal.memory;

/**
 * Says how much of each kind of memory may be held at once, and how much of both together.
 *
 * <p>A virtual machine that was started with a fixed heap has two pools that cannot help each other
 * out; then {@code totalBytes} is the sum of both. Where nothing but a sum is known, each kind may
 * take all of it.
 *
 * @param heapBytes the most bytes of the Java heap
 * @param nativeBytes the most bytes outside of it
 * @param totalBytes the most bytes of both together
 */
public record PoolLimits(long heapBytes, long nativeBytes, long totalBytes) {
  /** Checks that every limit is positive, and that no pool is larger than the whole. */
  public PoolLimits {
    if (heapBytes <= 0 || nativeBytes <= 0 || totalBytes <= 0) {
      throw new IllegalArgumentException(
          "A memory budget must be positive, not "
              + Math.min(totalBytes, Math.min(heapBytes, nativeBytes)));
    }
    heapBytes = Math.min(heapBytes, totalBytes);
    nativeBytes = Math.min(nativeBytes, totalBytes);
  }

  /** Returns limits under which either kind may take all of {@code totalBytes}. */
  public static PoolLimits shared(long totalBytes) {
    return new PoolLimits(totalBytes, totalBytes, totalBytes);
  }

  /** Returns limits of two pools that do not share anything. */
  public static PoolLimits separate(long heapBytes, long nativeBytes) {
    return new PoolLimits(heapBytes, nativeBytes, Math.addExact(heapBytes, nativeBytes));
  }

  /** Returns the most bytes of {@code kind}. */
  public long bytes(MemoryKind kind) {
    return kind == MemoryKind.HEAP ? heapBytes : nativeBytes;
  }
}
