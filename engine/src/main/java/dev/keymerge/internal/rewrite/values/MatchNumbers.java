package dev.keymerge.internal.rewrite.values;

/**
 * Numbers the matches of all files of a scatter through, and cuts the numbers into buckets.
 *
 * @param bits logarithm of how many matches a bucket has room for, at most {@link #MOST_BITS}
 */
record MatchNumbers(int bits) {
  /** A place in a bucket fits into two bytes. */
  static final int MOST_BITS = 16;

  private static final int LEAST_BITS = 12;
  private static final int MOST_BUCKETS = 1 << 10;

  /**
   * Returns buckets for {@code matches} matches that stand in so many row groups: as large as a row
   * group's share, but not too many of them, since each takes a buffer.
   */
  static MatchNumbers of(long matches, long rowGroups) {
    long share = matches / Math.max(1, rowGroups);
    int bits = LEAST_BITS;
    while (bits < MOST_BITS && (1L << bits < share || matches >> bits > MOST_BUCKETS)) {
      bits++;
    }
    return new MatchNumbers(bits);
  }

  /** Returns the bucket of {@code match}. */
  int bucket(long match) {
    return (int) (match >>> bits);
  }

  /** Returns the match that is the first of {@code bucket}. */
  long first(int bucket) {
    return (long) bucket << bits;
  }

  /** Returns the place of {@code match} in its bucket. */
  int place(long match) {
    return (int) match & mask();
  }

  /** Returns how many buckets {@code matches} matches take. */
  int buckets(long matches) {
    return Math.toIntExact((matches + mask()) >>> bits);
  }

  /** Returns how many matches a bucket has room for. */
  int size() {
    return 1 << bits;
  }

  private int mask() {
    return size() - 1;
  }
}
