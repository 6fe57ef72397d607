package dev.keymerge.internal.parquet;

/**
 * Charges the copies that an encoder makes of long values: two for the bounds of the page, and as
 * many for those of the pages before. The one in a dictionary, which ends with the first such
 * value, is gone before a page is compressed, which takes as much.
 *
 * <p>A dictionary of long values has few of them, so what is charged for a table of many pays for
 * copies first. Not thread-safe.
 */
final class ValueCopies {
  private static final int COPIES = 4;

  /** Values up to this length are among what is charged for a page. */
  private static final int SHORT = 256 << 10;

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
