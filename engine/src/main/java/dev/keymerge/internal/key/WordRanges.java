package dev.keymerge.internal.key;

import java.util.Arrays;

/**
 * Covers a stream of words with a bounded number of disjoint ranges, leaving out the widest gaps
 * between them.
 *
 * <p>Every added word lies in a range; a range may cover words that were never added. When ranges
 * run out, the narrowest half of the gaps is filled, and from then on a word that comes as near to
 * a range as a filled gap was wide joins that range.
 *
 * <p>Not thread-safe while words are added; holds a fixed 16 bytes per possible range.
 */
final class WordRanges {
  private final int kept;
  private final long[] mins;
  private final long[] maxes;
  private int count;
  private int last;

  /** Width of the widest gap filled so far, unsigned; at least 1, so that neighbours join. */
  private long joined = 1;

  /**
   * Creates an empty cover of at most {@code kept} ranges once {@link #shrink} has been called, and
   * up to twice as many before.
   */
  WordRanges(int kept) {
    this.kept = kept;
    mins = new long[2 * kept];
    maxes = new long[2 * kept];
  }

  /** Covers {@code word}. */
  void add(long word) {
    if (count > 0 && mins[last] <= word && word <= maxes[last]) {
      return;
    }
    int below = below(word);
    if (below >= 0) {
      if (word <= maxes[below]) {
        last = below;
        return;
      }
      if (isNear(maxes[below], word)) {
        maxes[below] = word;
        last = below;
        joinNext(below);
        return;
      }
    }
    int next = below + 1;
    if (next < count && isNear(word, mins[next])) {
      mins[next] = word;
      last = next;
      return;
    }
    insert(next, word);
  }

  private boolean isNear(long low, long high) {
    return Long.compareUnsigned(high - low, joined) <= 0;
  }

  /** Returns the last range that starts at or below {@code word}, or -1. */
  private int below(long word) {
    int low = 0;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (mins[middle] <= word) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return high;
  }

  private void joinNext(int range) {
    int next = range + 1;
    if (next < count && isNear(maxes[range], mins[next])) {
      maxes[range] = maxes[next];
      System.arraycopy(mins, next + 1, mins, next, count - next - 1);
      System.arraycopy(maxes, next + 1, maxes, next, count - next - 1);
      count--;
    }
  }

  private void insert(int position, long word) {
    if (count == mins.length) {
      shrink();
      add(word);
      return;
    }
    System.arraycopy(mins, position, mins, position + 1, count - position);
    System.arraycopy(maxes, position, maxes, position + 1, count - position);
    mins[position] = word;
    maxes[position] = word;
    count++;
    last = position;
  }

  /** Fills the narrowest gaps until no more ranges are left than asked for. */
  void shrink() {
    if (count <= kept) {
      return;
    }
    long[] gaps = new long[count - 1];
    for (int index = 0; index < gaps.length; index++) {
      // Flipped so that the signed sort orders unsigned widths.
      gaps[index] = mins[index + 1] - maxes[index] ^ Long.MIN_VALUE;
    }
    Arrays.sort(gaps);
    int excess = count - kept;
    long widest = gaps[excess - 1] ^ Long.MIN_VALUE;
    if (Long.compareUnsigned(widest, joined) > 0) {
      joined = widest;
    }
    int into = 0;
    int left = excess;
    for (int index = 1; index < count; index++) {
      boolean fill = left > 0 && Long.compareUnsigned(mins[index] - maxes[into], widest) <= 0;
      if (fill) {
        left--;
      } else {
        into++;
        mins[into] = mins[index];
      }
      maxes[into] = maxes[index];
    }
    count = into + 1;
    last = 0;
  }

  /** Returns whether a range meets the interval from {@code min} to {@code max}, both included. */
  boolean overlaps(long min, long max) {
    int below = below(max);
    return below >= 0 && maxes[below] >= min;
  }
}
