package dev.keymerge.internal.append;

/**
 * Chooses how many values are fetched at once, by how long those before were.
 *
 * <p>It starts small and grows, so that a column of long values is found out before many of them
 * are in memory. Not thread-safe.
 */
final class BlockSize {
  private static final int MOST_ROWS = 8192;
  private static final int FIRST_ROWS = 128;
  private static final int GROWTH = 4;
  private static final long TARGET_BYTES = 1 << 20;

  private int rows = FIRST_ROWS;

  /** What memory has been refused for; nothing may be as large again. */
  private int refused = Integer.MAX_VALUE;

  /** Returns how many values to fetch next. */
  int rows() {
    return rows;
  }

  /** Takes note that {@code count} values took {@code bytes}. */
  void learn(int count, long bytes) {
    long fitting = TARGET_BYTES * count / Math.max(1, bytes);
    long most = Math.min(MOST_ROWS, (long) rows * GROWTH);
    rows = (int) Math.max(1, Math.min(Math.min(most, fitting), refused - 1L));
  }

  /** Takes note that there was no memory for {@code count} values; returns whether fewer may do. */
  boolean refuse(int count) {
    refused = count;
    rows = Math.max(1, count / 2);
    return count > 1;
  }
}
