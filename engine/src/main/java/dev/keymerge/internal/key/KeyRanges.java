package dev.keymerge.internal.key;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * Divides keys by their first component into ranges, cut where units of the target begin, so that a
 * unit of a target in key order lies in one range.
 *
 * <p>A component counts by a word that never decreases where the component increases: its canonical
 * word, or of bytes the eight that follow what all bounds begin with. So a range is right for every
 * key, null and NaN too, whatever statistics have claimed; they only decide how well target and
 * ranges fit. Immutable and thread-safe.
 */
public final class KeyRanges {
  private static final int LEAST_STRETCHES = 2;

  private final byte[] prefix;
  private final boolean words;
  private final long[] cuts;

  private KeyRanges(boolean words, byte[] prefix, long[] cuts) {
    this.words = words;
    this.prefix = prefix;
    this.cuts = cuts;
  }

  /**
   * Describes a unit of the target.
   *
   * @param bounds what is known of the first component of its keys
   * @param rows how many rows it has
   */
  public record Stretch(ComponentBounds bounds, long rows) {}

  /**
   * Returns ranges that hold about equally many rows of {@code units}, or null if their bounds tell
   * of no more than one.
   *
   * @param type how keys are held
   * @param most the most ranges
   */
  public static @Nullable KeyRanges of(KeyType type, List<Stretch> units, int most) {
    boolean words = type.components().get(0).kind().isWord();
    List<Stretch> known = new ArrayList<>();
    for (Stretch unit : units) {
      if (unit.rows() > 0 && isKnown(unit.bounds(), words)) {
        known.add(unit);
      }
    }
    if (most < LEAST_STRETCHES || known.isEmpty()) {
      return null;
    }
    KeyRanges uncut = new KeyRanges(words, words ? new byte[0] : commonPrefix(known), new long[0]);
    long[] cuts = uncut.cuts(known, most);
    return cuts.length == 0 ? null : new KeyRanges(words, uncut.prefix, cuts);
  }

  /** Returns whether bounds tell where keys lie; those that contradict themselves do not. */
  private static boolean isKnown(ComponentBounds bounds, boolean words) {
    if (bounds instanceof ComponentBounds.Words known) {
      return words && known.min() <= known.max();
    }
    return !words
        && bounds instanceof ComponentBounds.Bytes known
        && Arrays.compareUnsigned(known.min(), known.max()) <= 0;
  }

  private static byte[] commonPrefix(List<Stretch> known) {
    byte[] common = null;
    for (Stretch unit : known) {
      if (unit.bounds() instanceof ComponentBounds.Bytes bytes) {
        common = common == null ? bytes.min() : common;
        common = Arrays.copyOf(common, matching(common, bytes.min()));
        common = Arrays.copyOf(common, matching(common, bytes.max()));
      }
    }
    return common == null ? new byte[0] : common;
  }

  private static int matching(byte[] left, byte[] right) {
    int mismatch = Arrays.mismatch(left, right);
    return mismatch < 0 ? left.length : mismatch;
  }

  /** Returns where ranges begin, and leaves {@code known} in that order. */
  private long[] cuts(List<Stretch> known, int most) {
    known.sort(Comparator.comparingLong(unit -> least(unit.bounds())));
    long rows = 0;
    long greatest = Long.MIN_VALUE;
    for (Stretch unit : known) {
      rows += unit.rows();
      greatest = Math.max(greatest, greatest(unit.bounds()));
    }
    long perRange = Math.max(1, rows / (most - 1));
    long[] cuts = new long[most - 1];
    int count = 0;
    long gathered = 0;
    long last = least(known.get(0).bounds());
    for (Stretch unit : known) {
      long first = least(unit.bounds());
      if (gathered >= perRange && first > last && count < Math.max(1, cuts.length - 1)) {
        cuts[count++] = first;
        last = first;
        gathered = 0;
      }
      gathered += unit.rows();
    }
    if (count > 0 && count < cuts.length && greatest < Long.MAX_VALUE) {
      // What a growing table gets at its end meets no row of the target.
      cuts[count++] = greatest + 1;
    }
    return Arrays.copyOf(cuts, count);
  }

  private long least(ComponentBounds bounds) {
    if (bounds instanceof ComponentBounds.Words known) {
      return known.min();
    }
    return bounds instanceof ComponentBounds.Bytes known ? word(known.min()) : Long.MIN_VALUE;
  }

  private long greatest(ComponentBounds bounds) {
    if (bounds instanceof ComponentBounds.Words known) {
      return known.max();
    }
    return bounds instanceof ComponentBounds.Bytes known ? word(known.max()) : Long.MAX_VALUE;
  }

  /** Returns how many ranges there are. */
  public int count() {
    return cuts.length + 1;
  }

  /** Returns the range in which the least keys of a unit lie; the first one if that is unknown. */
  public int first(ComponentBounds bounds) {
    return isKnown(bounds, words) ? range(least(bounds)) : 0;
  }

  /**
   * Returns about which part of a unit's rows has keys beyond the range of its least keys, from 0
   * to 1.
   */
  public double beyondFirst(ComponentBounds bounds) {
    if (!isKnown(bounds, words)) {
      return 1;
    }
    long least = least(bounds);
    long greatest = greatest(bounds);
    int range = range(least);
    if (range == range(greatest)) {
      return 0;
    }
    return ((double) greatest - cuts[range] + 1) / ((double) greatest - least + 1);
  }

  /** Writes the range of each loaded key to {@code into}. */
  public void assign(KeyBatch keys, int[] into) {
    int rows = keys.rows();
    if (rows == 0) {
      return;
    }
    CanonicalColumn column = keys.columns().get(0);
    if (words) {
      assign(column.words(), rows, into);
      return;
    }
    ArrowBuf data = column.data();
    int[] starts = column.starts();
    int[] lengths = column.lengths();
    int range = 0;
    for (int row = 0; row < rows; row++) {
      // Nulls have no bytes, so they stand with the least values, wherever their bytes would be.
      long word =
          lengths[row] == 0
              ? word(data.memoryAddress(), 0)
              : word(data.memoryAddress() + starts[row], lengths[row]);
      range = isIn(range, word) ? range : range(word);
      into[row] = range;
    }
  }

  private void assign(long[] of, int rows, int[] into) {
    int range = 0;
    for (int row = 0; row < rows; row++) {
      range = isIn(range, of[row]) ? range : range(of[row]);
      into[row] = range;
    }
  }

  private boolean isIn(int range, long word) {
    return (range == 0 || cuts[range - 1] <= word) && (range == cuts.length || word < cuts[range]);
  }

  private int range(long word) {
    int found = Arrays.binarySearch(cuts, word);
    return found >= 0 ? found + 1 : -found - 1;
  }

  private long word(byte[] value) {
    int order =
        Arrays.compareUnsigned(
            value, 0, Math.min(value.length, prefix.length), prefix, 0, prefix.length);
    if (order != 0) {
      return order < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
    long word = 0;
    for (int index = prefix.length; index < prefix.length + Long.BYTES; index++) {
      word = word << Byte.SIZE | (index < value.length ? value[index] & 0xFF : 0);
    }
    return CanonicalWords.ofUnsignedLong(word);
  }

  private long word(long address, int length) {
    int common = Math.min(length, prefix.length);
    for (int index = 0; index < common; index++) {
      int difference = (MemoryUtil.getByte(address + index) & 0xFF) - (prefix[index] & 0xFF);
      if (difference != 0) {
        return difference < 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
      }
    }
    if (length < prefix.length) {
      return Long.MIN_VALUE;
    }
    long word = 0;
    int end = Math.min(length, prefix.length + Long.BYTES);
    for (int index = prefix.length; index < end; index++) {
      word = word << Byte.SIZE | (MemoryUtil.getByte(address + index) & 0xFF);
    }
    int missing = prefix.length + Long.BYTES - end;
    // A shift by all 64 bits would be none at all, but then the word is zero.
    return CanonicalWords.ofUnsignedLong(word << missing * Byte.SIZE);
  }
}
