package dev.keymerge.internal.job;

import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.key.KeyRanges.Stretch;
import dev.keymerge.internal.key.KeyType;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;
import dev.keymerge.internal.target.TargetRowGroup;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether the source's keys are divided by ranges rather than by hashes, because the target
 * is in key order and memory will not hold them.
 *
 * <p>Ranges cost a search per key and fill unevenly, so they are for targets of which they spare
 * most rows the way over the disk. Immutable.
 */
final class RangeDivision {
  /** No table holds a key in less. */
  private static final long LEAST_KEY_BYTES = 24;

  private static final long USUAL_WORD_BYTES = 32;
  private static final long USUAL_PAIR_BYTES = 40;
  private static final long USUAL_TEXT_BYTES = 80;

  /** What a row group takes in the lists that ranges are found with. */
  private static final long STRETCH_BYTES = 56;

  /** Source keys of one range should fit though it has twice as many as others. */
  private static final int UNEVENNESS = 2;

  /** With more of the target's rows out of place, going by ranges spares too little. */
  private static final double MOST_OUT_OF_PLACE = 0.2;

  private final Snapshot snapshot;
  private final List<Field> keys;
  private final Tuning tuning;
  private final MemoryBudget budget;

  /** Creates a division whose working memory {@code budget} pays. */
  RangeDivision(Snapshot snapshot, List<Field> keys, Tuning tuning, MemoryBudget budget) {
    this.snapshot = snapshot;
    this.keys = keys;
    this.tuning = tuning;
    this.budget = budget;
  }

  /**
   * Returns the ranges, or null if hashes shall divide.
   *
   * @param sourceRows how many rows the source has
   * @param indexBytes how much memory tables of keys may take
   */
  @Nullable KeyRanges ranges(long sourceRows, long indexBytes) {
    boolean wanted =
        switch (tuning.overflow()) {
          case AUTO -> sourceRows > indexBytes / LEAST_KEY_BYTES;
          case SORTED -> true;
          case PARTITIONS, PASSES -> false;
        };
    if (!wanted) {
      return null;
    }
    long rowGroups = snapshot.files().stream().mapToLong(file -> file.rowGroups().size()).sum();
    try (MemoryReservation memory = budget.open("where row groups begin")) {
      // Without room for them hashes will do.
      return memory.tryGrow(STRETCH_BYTES * rowGroups)
          ? ranges(units(), sourceRows, indexBytes)
          : null;
    }
  }

  private @Nullable KeyRanges ranges(List<Stretch> units, long sourceRows, long indexBytes) {
    KeyType type = KeyType.of(keys);
    KeyRanges ranges = KeyRanges.of(type, units, 1 << tuning.indexPartitionBits());
    if (ranges == null || tuning.overflow() == Tuning.Overflow.SORTED) {
      return ranges;
    }
    boolean fits =
        (double) ranges.count() * indexBytes >= (double) UNEVENNESS * sourceRows * usualBytes(type);
    return fits && outOfPlace(ranges, units) <= MOST_OUT_OF_PLACE ? ranges : null;
  }

  private List<Stretch> units() {
    String leading = keys.get(0).getName();
    List<Stretch> units = new ArrayList<>();
    for (TargetFile file : snapshot.files()) {
      for (TargetRowGroup rowGroup : file.rowGroups()) {
        units.add(new Stretch(rowGroup.bounds(leading), rowGroup.rows()));
      }
    }
    return units;
  }

  private static long usualBytes(KeyType type) {
    return switch (type.shape()) {
      case WORD -> USUAL_WORD_BYTES;
      case PAIR -> USUAL_PAIR_BYTES;
      case BYTES -> USUAL_TEXT_BYTES;
    };
  }

  /** Returns about which part of the rows lies beyond the range in which its row group begins. */
  private static double outOfPlace(KeyRanges ranges, List<Stretch> units) {
    double rows = 0;
    double beyond = 0;
    for (Stretch unit : units) {
      rows += unit.rows();
      beyond += unit.rows() * ranges.beyondFirst(unit.bounds());
    }
    return rows == 0 ? 0 : beyond / rows;
  }
}
