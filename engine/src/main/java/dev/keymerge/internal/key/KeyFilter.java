package dev.keymerge.internal.key;

import dev.keymerge.NullKeyPolicy;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells from statistics whether a unit of the target can hold a key of the source, without looking
 * at its rows.
 *
 * <p>Errs on one side only: a unit that holds a key of the source is never ruled out. Immutable and
 * thread-safe.
 */
public final class KeyFilter {
  private final NullKeyPolicy nullKeys;
  private final boolean empty;
  private final List<ComponentRange> components;

  KeyFilter(NullKeyPolicy nullKeys, boolean empty, List<ComponentRange> components) {
    this.nullKeys = nullKeys;
    this.empty = empty;
    this.components = List.copyOf(components);
  }

  /** Says what the source holds of one component. */
  interface ComponentRange {
    /** Returns whether some key of the source has a null here. */
    boolean hasNull();

    /** Returns whether some value of the source that is not null may lie within {@code bounds}. */
    boolean meets(ComponentBounds bounds);
  }

  /**
   * Returns whether a unit whose components are bounded like this, in key order, may hold a key of
   * the source.
   */
  public boolean mayContain(List<ComponentBounds> unit) {
    if (unit.size() != components.size()) {
      throw new IllegalArgumentException(
          "A key of " + components.size() + " components got bounds for " + unit.size());
    }
    if (nullKeys == NullKeyPolicy.FAIL && unit.stream().anyMatch(ComponentBounds::mayBeNull)) {
      // The nulls must be found, whatever the source holds.
      return true;
    }
    if (empty) {
      return false;
    }
    for (int index = 0; index < components.size(); index++) {
      ComponentRange source = components.get(index);
      ComponentBounds bounds = unit.get(index);
      boolean nullsMeet = bounds.mayBeNull() && source.hasNull();
      if (!nullsMeet && !source.meets(bounds)) {
        return false;
      }
    }
    return true;
  }

  /** Holds words as disjoint ranges. */
  record OfWords(WordRanges ranges, boolean hasNan, boolean hasNull) implements ComponentRange {
    @Override
    public boolean meets(ComponentBounds bounds) {
      if (bounds instanceof ComponentBounds.OnlyNulls) {
        return false;
      }
      if (bounds instanceof ComponentBounds.Words words) {
        // Statistics are silent about NaN, so a source that has it meets every unit.
        return hasNan || ranges.overlaps(words.min(), words.max());
      }
      return true;
    }
  }

  /** Holds bytes as the least and the greatest value, each cut to a prefix. */
  static final class OfBytes implements ComponentRange {
    private final byte @Nullable [] min;
    private final byte @Nullable [] max;
    private final int prefix;
    private final boolean hasNull;

    OfBytes(byte @Nullable [] min, byte @Nullable [] max, int prefix, boolean hasNull) {
      this.min = min;
      this.max = max;
      this.prefix = prefix;
      this.hasNull = hasNull;
    }

    @Override
    public boolean hasNull() {
      return hasNull;
    }

    @Override
    public boolean meets(ComponentBounds bounds) {
      if (min == null || max == null || bounds instanceof ComponentBounds.OnlyNulls) {
        return false;
      }
      if (bounds instanceof ComponentBounds.Bytes bytes) {
        byte[] low = bytes.min();
        // Everything in the source starts at or below the greatest prefix.
        return Arrays.compareUnsigned(bytes.max(), min) >= 0
            && Arrays.compareUnsigned(low, 0, Math.min(low.length, prefix), max, 0, max.length)
                <= 0;
      }
      return true;
    }
  }
}
