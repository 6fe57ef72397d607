package dev.keymerge.internal.key;

/**
 * Says what statistics know of one key component within a unit of the target: a file, a row group
 * or a page.
 *
 * <p>Bounds may be wider than the values, never narrower, except that NaN may lie outside of them:
 * statistics do not count it.
 */
public sealed interface ComponentBounds {
  /** Knows nothing: any value may occur, and null. */
  ComponentBounds UNKNOWN = new Unknown();

  /** Knows that every value is null. */
  ComponentBounds ONLY_NULLS = new OnlyNulls();

  /** Returns whether a null may occur. */
  boolean mayBeNull();

  /** Stands for absent or unusable statistics. */
  record Unknown() implements ComponentBounds {
    @Override
    public boolean mayBeNull() {
      return true;
    }
  }

  /** Stands for a component without any value. */
  record OnlyNulls() implements ComponentBounds {
    @Override
    public boolean mayBeNull() {
      return true;
    }
  }

  /**
   * Bounds canonical words.
   *
   * @param min a lower bound
   * @param max an upper bound, not below the lower one
   * @param mayBeNull whether a null may occur too
   */
  record Words(long min, long max, boolean mayBeNull) implements ComponentBounds {}

  /** Bounds canonical bytes; immutable by agreement: nobody changes the arrays. */
  final class Bytes implements ComponentBounds {
    private final byte[] min;
    private final byte[] max;
    private final boolean mayBeNull;

    /** Creates bounds that hold on to the arrays; the upper bound is not below the lower one. */
    public Bytes(byte[] min, byte[] max, boolean mayBeNull) {
      this.min = min;
      this.max = max;
      this.mayBeNull = mayBeNull;
    }

    /** Returns the lower bound, not to be changed. */
    public byte[] min() {
      return min;
    }

    /** Returns the upper bound, not to be changed. */
    public byte[] max() {
      return max;
    }

    @Override
    public boolean mayBeNull() {
      return mayBeNull;
    }
  }
}
