package dev.keymerge.internal.index;

/**
 * Packs what the index knows of the winning row of a key into a word.
 *
 * <pre>
 *   58          57     56       55 ....... 40 39 ............... 0
 *   order null  tied   marked   null bits     ordinal of the row
 * </pre>
 *
 * <p>Stateless.
 */
final class RowState {
  static final int ORDINAL_BITS = 40;
  static final long MOST_ROWS = 1L << ORDINAL_BITS;

  private static final long ORDINAL_MASK = MOST_ROWS - 1;
  private static final int NULL_MASK = 0xFFFF;
  private static final long MARKED = 1L << 56;
  private static final long TIED = 1L << 57;
  private static final long ORDER_NULL = 1L << 58;

  private RowState() {}

  static long of(long ordinal, int nulls, boolean marked, boolean orderNull) {
    return ordinal
        | (long) nulls << ORDINAL_BITS
        | (marked ? MARKED : 0)
        | (orderNull ? ORDER_NULL : 0);
  }

  static long tied(long state) {
    return state | TIED;
  }

  static long ordinal(long state) {
    return state & ORDINAL_MASK;
  }

  static int nulls(long state) {
    return (int) (state >>> ORDINAL_BITS) & NULL_MASK;
  }

  static boolean isMarked(long state) {
    return (state & MARKED) != 0;
  }

  static boolean isTied(long state) {
    return (state & TIED) != 0;
  }

  static boolean isOrderNull(long state) {
    return (state & ORDER_NULL) != 0;
  }
}
