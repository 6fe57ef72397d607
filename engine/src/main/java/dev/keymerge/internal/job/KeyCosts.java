package dev.keymerge.internal.job;

import dev.keymerge.KeyMethod;
import dev.keymerge.internal.index.IndexSizes;

/**
 * Estimates what it takes to bring the keys of both sides together if the source's do not fit into
 * memory, in nanoseconds of one core, from counts that are exact once the source was read.
 *
 * <p>Where the numbers come from: {@code docs/decisions/011-key-methods.md}. They decide about time
 * only; every method finds the same.
 *
 * @param sizes how much of the index is where
 * @param targetRows rows that statistics do not rule out
 * @param outOfPlace about which part of these rows lies beyond the range in which its row group
 *     begins; {@link #NO_RANGES} if the index has no ranges
 * @param roomBytes how much more may be kept on disk
 */
record KeyCosts(IndexSizes sizes, long targetRows, double outOfPlace, long roomBytes) {
  /** Says that keys are divided by their hashes. */
  static final double NO_RANGES = -1;

  /** Reading, hashing and looking up one target key. */
  private static final double WORD_NANOS = 20;

  private static final double PAIR_NANOS = 30;
  private static final double TEXT_NANOS = 50;

  /** Setting one target key aside and looking it up later, apart from its bytes. */
  private static final double ASIDE_NANOS = 24;

  /** Writing a byte to disk and reading it back. */
  private static final double BYTE_NANOS = 1.35;

  /** What a match takes on disk: found, and once more in the order of the target. */
  private static final long MATCH_BYTES = 24;

  /** What a filter lets pass by mistake. */
  private static final double FALSE_POSITIVES = 0.03;

  /** Returns the method that costs least. */
  KeyMethod cheapest() {
    KeyMethod cheapest = KeyMethod.PARTITIONS;
    double least = partitions();
    if (passes() < least) {
      cheapest = KeyMethod.PASSES;
      least = passes();
    }
    return outOfPlace != NO_RANGES && sorted() < least ? KeyMethod.SORTED : cheapest;
  }

  private double partitions() {
    return scan() + aside(passing() * sizes.spilledShare(), 0);
  }

  private double passes() {
    return scan() * (1 + sizes.loads()) + aside(passing() * sizes.unfitShare(), 0);
  }

  private double sorted() {
    return scan()
        + aside(passing() * outOfPlace, (double) sizes.residentKeys() * sizes.recordBytes());
  }

  private double scan() {
    double perRow =
        switch (sizes.shape()) {
          case WORD -> WORD_NANOS;
          case PAIR -> PAIR_NANOS;
          case BYTES -> TEXT_NANOS;
        };
    return perRow * targetRows;
  }

  /**
   * Returns what setting rows of the target aside costs, and writing more bytes of the source.
   *
   * @param rows of the target
   * @param sourceBytes of the source, beside what is on disk already
   */
  private double aside(double rows, double sourceBytes) {
    double bytes = rows * sizes.recordBytes() + sourceBytes;
    boolean fits = bytes == 0 || bytes + passing() * MATCH_BYTES <= roomBytes;
    return fits ? rows * ASIDE_NANOS + bytes * BYTE_NANOS : Double.MAX_VALUE;
  }

  /**
   * Returns about how many target rows the filter lets pass: those that match, if keys are unique.
   */
  private double passing() {
    double matching = Math.min(targetRows, sizes.keys());
    return sizes.filtered()
        ? Math.min((double) targetRows, matching + FALSE_POSITIVES * targetRows)
        : targetRows;
  }
}
