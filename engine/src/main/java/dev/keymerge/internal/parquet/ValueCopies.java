package dev.keymerge.internal.parquet;

/**
 * Charges the copies that an encoder makes of long values: one into its dictionary, even if that is
 * given up for it, and one for each bound of the page and chunk.
 *
 * <p>A dictionary of long values has few of them, so what is charged for a table of many pays for
 * copies first. Not thread-safe.
 */
final class ValueCopies {
  private static final int COPIES = 3;

  /** Copies of values up to this length come out of what every heap has beside the budget. */
  private static final int SHORT = 8 << 20;

  private final ScratchArrays scratch;
  private final long paid;
  private int longest = SHORT;
  private long charged;

  /**
   * Creates an object that has charged nothing.
   *
   * @param paid what is charged to {@code scratch} already for a dictionary
   */
  ValueCopies(ScratchArrays scratch, long paid) {
    this.scratch = scratch;
    this.paid = paid;
  }

  /**
   * Announces a value of {@code length} bytes.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if the budget has no room for its copies
   */
  void expect(int length) {
    if (length > longest) {
      long all = Math.max(0, COPIES * ((long) length - SHORT) - paid);
      scratch.charge(all - charged);
      charged = all;
      longest = length;
    }
  }
}
