package dev.keymerge.internal.rewrite.values;

import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryReservation;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Reads source values back from the buckets that they were scattered to.
 *
 * <p>A piece is what a row group has in one bucket. When the budget refuses it, or it is larger
 * than a piece should be, it is read in parts, down to a single row. Not thread-safe. Owns its
 * vector.
 */
final class ScatteredValues implements SourceValues {
  private final SpilledColumn column;
  private final FieldVector vector;
  private final MemoryReservation memory;
  private final long pieceBytes;
  private final long firstMatch;
  private final long endMatch;
  private char[] places = new char[0];
  private int placesOf = -1;

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
   * @param allocator where the vector comes from
   * @param memory charged with what is held beside the vector; owned
   * @param pieceBytes about how many bytes of values to hold at once
   */
  ScatteredValues(
      SpilledColumn column,
      MatchRange matches,
      Field field,
      BufferAllocator allocator,
      MemoryReservation memory,
      long pieceBytes) {
    this.column = column;
    this.vector = field.createVector(allocator);
    this.memory = memory;
    this.pieceBytes = pieceBytes;
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
    MatchNumbers numbers = column.numbers();
    int bucket = numbers.bucket(match);
    loadPlaces(bucket);
    long bucketStart = match - numbers.place(match);
    long rows = Math.min(endMatch, bucketStart + numbers.size()) - match;
    long bytes = column.bytes(bucket);
    if (bytes > pieceBytes) {
      rows = Math.max(1, Math.min(rows, numbers.size() * pieceBytes / bytes));
    }
    int from = numbers.place(match);
    loadedTo = loadedFrom;
    while (true) {
      try {
        column.read(bucket, places, from, from + (int) rows, vector);
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

  private void loadPlaces(int bucket) {
    if (bucket != placesOf) {
      placesOf = -1;
      if (memory.bytes() == 0) {
        memory.grow((long) column.numbers().size() * Character.BYTES);
      }
      places = column.readPlaces(bucket);
      placesOf = bucket;
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
    try {
      vector.close();
    } finally {
      memory.close();
    }
  }
}
