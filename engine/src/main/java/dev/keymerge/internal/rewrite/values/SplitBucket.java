package dev.keymerge.internal.rewrite.values;

import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStream;
import org.apache.arrow.memory.util.MemoryUtil;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Holds values of one bucket in smaller parts, because they are too many bytes to be read at once
 * and reading all of them for each piece would take time with the square of their length.
 *
 * <p>Owns the streams of its parts. Not thread-safe.
 */
final class SplitBucket implements AutoCloseable {
  private static final int MOST_PART_BITS = 8;

  /** All parts are written at once, each through a buffer of so much. */
  private static final int BLOCK_BYTES = 8 << 10;

  /** Splitting costs about as much as reading the whole bucket twice for so many pieces. */
  private static final int WORTHWHILE_PIECES = 4;

  private final ValueLayout layout;
  private final BucketPlaces places;
  private final int bits;
  private final @Nullable SpillStream[] parts;
  private final char[] partPlaces;

  private SplitBucket(
      ValueLayout layout, BucketPlaces places, int bits, @Nullable SpillStream[] parts) {
    this.layout = layout;
    this.places = places;
    this.bits = bits;
    this.parts = parts;
    this.partPlaces = new char[1 << bits];
  }

  /**
   * Says where the values of a bucket belong, and which of them are wanted.
   *
   * @param all the place of each value, in the order of the values; borrowed
   * @param from the first place that is wanted
   * @param to the place after the last one
   */
  record BucketPlaces(char[] all, int from, int to) {
    /** Returns whether the value at {@code place} is wanted. */
    boolean wants(int place) {
      return place >= from && place < to;
    }

    /** Returns about how many of the {@code bytes} that all values take are wanted. */
    long wantedBytes(long bytes) {
      long wanted = 0;
      for (char place : all) {
        wanted += wants(place) ? 1 : 0;
      }
      return all.length == 0 ? 0 : (long) ((double) bytes * wanted / all.length);
    }
  }

  /** Returns whether so many bytes of values are better split than read piece by piece. */
  static boolean suits(long wantedBytes, long pieceBytes) {
    return wantedBytes > WORTHWHILE_PIECES * pieceBytes;
  }

  /**
   * Splits a bucket so that a part has about as many bytes as a piece; the caller closes it.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if memory or disk do not suffice
   */
  static SplitBucket of(SpilledColumn column, int bucket, BucketPlaces places, ScatterMeans means) {
    SpillStream values = column.stream(bucket);
    means.spill().expect(places.wantedBytes(values.bytes()));
    int partBits = 1;
    while (partBits < MOST_PART_BITS && values.bytes() >> partBits > means.pieceBytes()) {
      partBits++;
    }
    int bits = column.numbers().bits() - partBits;
    try (Buckets parts = new Buckets(means.spill(), 1 << partBits, BLOCK_BYTES)) {
      split(column.layout(), values, places, bits, parts, means.checkpoint());
      return new SplitBucket(column.layout(), places, bits, parts.finish());
    }
  }

  /** Appends each wanted value, as it stands, to the part that its place says. */
  private static void split(
      ValueLayout layout,
      SpillStream values,
      BucketPlaces places,
      int bits,
      Buckets parts,
      Runnable checkpoint) {
    int next = 0;
    try (SpillReader reader = values.open()) {
      while (reader.next()) {
        checkpoint.run();
        long at = reader.address();
        long end = at + reader.bytes();
        while (at < end) {
          int bytes = layout.valueBytes(at);
          int place = places.all()[next++];
          if (places.wants(place)) {
            MemoryUtil.copyMemory(at, parts.append(place >>> bits, bytes), bytes);
            if (bytes > BLOCK_BYTES) {
              // Or each part would keep a buffer as large as its longest value.
              parts.pause(place >>> bits);
            }
          }
          at += bytes;
        }
      }
    }
  }

  /** Returns how many bytes the values take that stand in one part with {@code place}. */
  long bytes(int place) {
    SpillStream part = parts[place >>> bits];
    return part == null ? 0 : part.bytes();
  }

  /** Returns the first place after the part that {@code place} is in. */
  int end(int place) {
    return (place >>> bits) + 1 << bits;
  }

  /** Returns how many places a part has. */
  int size() {
    return 1 << bits;
  }

  /**
   * Reads values of one part, see {@link ValueLayout#read}.
   *
   * @param to at most the {@link #end} of the part
   */
  void read(int from, int to, FieldVector target) {
    SpillStream part = parts[from >>> bits];
    if (part == null) {
      throw new IllegalStateException("No values were written for place " + from);
    }
    int count = 0;
    for (char place : places.all()) {
      if (place >>> bits == from >>> bits && places.wants(place)) {
        partPlaces[count++] = place;
      }
    }
    layout.read(part, partPlaces, from, to, target);
  }

  @Override
  public void close() {
    Buckets.close(parts);
  }
}
