package dev.keymerge;

/**
 * States how memory stood at one moment; a number that the system does not tell is {@link
 * #UNKNOWN}. Immutable.
 *
 * @param arrowBytes what the engine holds in Arrow buffers and other native memory
 * @param arrowLimitBytes what it may hold there
 * @param heapBytes what all of the process uses of the Java heap, garbage included
 * @param heapLimitBytes the largest size of the Java heap
 * @param nativeBytes what of the resident set is not Java heap: code, stacks, libraries, buffers
 * @param residentBytes the resident set of the process
 * @param processLimitBytes what the resident set should stay below
 * @param systemAvailableBytes what the container, or else the machine, could still give without
 *     pushing anyone out
 * @param systemLimitBytes what the container, or else the machine, has, less what should stay free
 * @param pressure the worst level of Arrow, process and system; Arrow alone is never more than
 *     {@link MemoryPressure#CRITICAL}, because its limit cannot be exceeded
 */
public record MemoryStatus(
    long arrowBytes,
    long arrowLimitBytes,
    long heapBytes,
    long heapLimitBytes,
    long nativeBytes,
    long residentBytes,
    long processLimitBytes,
    long systemAvailableBytes,
    long systemLimitBytes,
    MemoryPressure pressure) {
  /** Stands for a number that the system does not tell. */
  public static final long UNKNOWN = -1;
}
