package dev.keymerge.internal.parquet;

/**
 * Says which pages are decoded as a whole and how the others are cut into slices. Immutable.
 *
 * <p>What comes out is the same for all limits.
 *
 * @param wholeBytes most bytes, stored or expanded, of a page that is decoded as a whole
 * @param wholeEntries most entries of such a page
 * @param sliceEntries most entries of a slice
 * @param windowBytes how many expanded bytes of a page are shown at once, unless one value is
 *     longer
 */
record PageLimits(int wholeBytes, int wholeEntries, int sliceEntries, int windowBytes) {
  /**
   * Suits pages of a mebibyte, as most writers make them, and those of some hundred thousand rows.
   */
  static final PageLimits USUAL = new PageLimits(4 << 20, 1 << 18, 1 << 15, 256 << 10);

  PageLimits {
    if (wholeBytes < 0 || wholeEntries < 0 || sliceEntries < 1 || windowBytes < 1) {
      throw new IllegalArgumentException("Limits of pages must not be negative");
    }
  }
}
