package dev.keymerge.internal.rewrite.values;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.rewrite.values.SplitBucket.BucketPlaces;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads source values back from the buckets that they were scattered to.
 *
 * <p>A piece is what a row group has in one bucket. A bucket that is much larger than a piece
 * should be is split on disk first. When the budget refuses a piece, it is read in parts, down to a
 * single row. Not thread-safe. Owns its vector.
 */
final class ScatteredValues implements SourceValues {
  private static final Logger LOGGER = LoggerFactory.getLogger(ScatteredValues.class);

  private final SpilledColumn column;
  private final FieldVector vector;
  private final MemoryReservation memory;
  private final ScatterMeans means;
  private final long firstMatch;
  private final long endMatch;
  private char[] places = new char[0];
  private int placesOf = -1;

  /** The bucket whose places are loaded, in parts, if it is so large. */
  private @Nullable SplitBucket split;

  /** The match that stands first in the vector, and the one after the last. */
  private long loadedFrom;

  private long loadedTo;
  private int[] indexes = new int[0];

  /**
   * Creates the values of one column for one row group.
   *
   * @param column where they are; borrowed
   * @param matches numbers of the row group's first match and of the one after its last
   * @param field the column's aligned type
   * @param means where the vector, and the room for parts of large buckets, come from
   */
  ScatteredValues(SpilledColumn column, MatchRange matches, Field field, ScatterMeans means) {
    this.column = column;
    this.vector = field.createVector(means.allocator());
    this.memory = means.budget().open("values of column " + field.getName());
    this.means = means;
    this.firstMatch = matches.first();
    this.endMatch = matches.end();
  }

  /** Says which numbers the matches of a row group have. */
  record MatchRange(long first, long end) {}

  @Override
  public int load(MatchBlock block, int from) {
    indexes = block.indexes();
    long match = firstMatch + indexes[from];
    if (match < loadedFrom || match >= loadedTo) {
      fetch(match);
    }
    int end = from + 1;
    while (end < block.size() && firstMatch + indexes[end] < loadedTo) {
      end++;
    }
    return end;
  }

  private void fetch(long match) {
    means.checkpoint().run();
    loadedTo = loadedFrom;
    int bucket = column.numbers().bucket(match);
    enter(bucket);
    int from = column.numbers().place(match);
    SplitBucket parts = split;
    long bytes = parts == null ? column.bytes(bucket) : parts.bytes(from);
    int size = parts == null ? column.numbers().size() : parts.size();
    int end = parts == null ? size : parts.end(from);
    long rows = Math.min(endMatch - match, end - from);
    if (bytes > means.pieceBytes()) {
      rows = Math.max(1, Math.min(rows, size * means.pieceBytes() / bytes));
    }
    while (true) {
      try {
        read(bucket, from, from + (int) rows);
        loadedFrom = match;
        loadedTo = match + rows;
        return;
      } catch (MergeException.LimitExceeded refused) {
        vector.clear();
        if (rows <= 1) {
          throw refused;
        }
        rows /= 2;
      }
    }
  }

  private void read(int bucket, int from, int to) {
    if (split == null) {
      column.read(bucket, places, from, to, vector);
    } else {
      split.read(from, to, vector);
    }
  }

  /** Loads the places of a bucket, and splits it if it is large. */
  private void enter(int bucket) {
    if (bucket == placesOf) {
      return;
    }
    leave();
    MatchNumbers numbers = column.numbers();
    if (memory.bytes() == 0) {
      // Those of the bucket, and those of a part of it.
      memory.grow(2L * numbers.size() * Character.BYTES);
    }
    places = column.readPlaces(bucket);
    placesOf = bucket;
    long start = numbers.first(bucket);
    BucketPlaces wanted =
        new BucketPlaces(
            places,
            (int) Math.max(0, firstMatch - start),
            (int) Math.min(numbers.size(), endMatch - start));
    if (SplitBucket.suits(wanted.wantedBytes(column.bytes(bucket)), means.pieceBytes())) {
      vector.clear();
      try {
        split = SplitBucket.of(column, bucket, wanted, means);
      } catch (MergeException.LimitExceeded refused) {
        LOGGER.debug("A bucket of {} bytes is not split", column.bytes(bucket), refused);
      }
    }
  }

  private void leave() {
    placesOf = -1;
    if (split != null) {
      split.close();
      split = null;
    }
  }

  @Override
  public FieldVector vector() {
    return vector;
  }

  @Override
  public int slot(int entry) {
    return (int) (firstMatch + indexes[entry] - loadedFrom);
  }

  @Override
  public void close() {
    try (memory;
        vector) {
      leave();
    }
  }
}
