package dev.keymerge;

/** Says how scarce memory is, by how much of what there is has been taken. */
public enum MemoryPressure {
  /** Less than 70 % is taken. */
  NORMAL,
  /** 70 % is taken: batches shrink by a fifth. */
  WARNING,
  /** 90 % is taken: batches shrink to half, and holders that can spill do so. */
  CRITICAL,
  /**
   * Everything is taken: merges take in nothing more until memory has come back, and fail if it
   * does not.
   */
  EMERGENCY;

  private static final int WARNING_PERCENT = 70;
  private static final int CRITICAL_PERCENT = 90;

  /** Returns the level at which {@code used} of {@code limit} bytes are taken. */
  public static MemoryPressure of(long used, long limit) {
    // As a double: percentages of large numbers do not fit into a long.
    double percent = limit <= 0 ? 0 : 100.0 * used / limit;
    if (percent >= 100) {
      return EMERGENCY;
    }
    if (percent >= CRITICAL_PERCENT) {
      return CRITICAL;
    }
    return percent >= WARNING_PERCENT ? WARNING : NORMAL;
  }

  /** Returns the worse of two levels. */
  public MemoryPressure or(MemoryPressure other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
