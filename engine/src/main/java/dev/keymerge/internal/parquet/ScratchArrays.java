package dev.keymerge.internal.parquet;

import dev.keymerge.internal.memory.MemoryReservation;
import java.util.Arrays;

/**
 * Exchanges arrays that became too short for longer ones and keeps their bytes charged until it is
 * closed.
 *
 * <p>Every method takes the array that the caller holds and returns the one to hold from then on:
 * the same if it is long enough. A caller starts with an empty array. Closing gives all bytes back;
 * the arrays must not be used any more. Closing twice is harmless.
 *
 * <p>Not thread-safe: one owner, one thread.
 */
final class ScratchArrays implements AutoCloseable {
  /** The longest array that every virtual machine can make. */
  private static final int LONGEST = Integer.MAX_VALUE - 16;

  private final MemoryReservation reservation;
  private final MemoryReservation nativeMemory;

  /**
   * Creates scratch memory that owns both reservations; the second pays for {@link #chargeNative}.
   */
  ScratchArrays(MemoryReservation reservation, MemoryReservation nativeMemory) {
    this.reservation = reservation;
    this.nativeMemory = nativeMemory;
  }

  /** Returns an array of at least {@code length} bytes whose content is undefined. */
  byte[] bytes(byte[] held, long length) {
    if (length <= held.length) {
      return held;
    }
    int size = checked(length);
    exchange(held.length, size);
    return new byte[size];
  }

  /**
   * Returns an array of at least {@code length} bytes that starts with the first {@code used} bytes
   * of {@code held}.
   */
  byte[] extend(byte[] held, int used, long length) {
    if (length <= held.length) {
      return held;
    }
    int size =
        checked(Math.min(LONGEST, Math.max(length, held.length + (long) (held.length >> 1))));
    reservation.grow(size);
    byte[] longer = new byte[size];
    System.arraycopy(held, 0, longer, 0, used);
    reservation.shrink(held.length);
    return longer;
  }

  /** Returns an array of at least {@code length} numbers whose content is undefined. */
  int[] ints(int[] held, long length) {
    if (length <= held.length) {
      return held;
    }
    int size = checked(length);
    exchange((long) held.length * Integer.BYTES, (long) size * Integer.BYTES);
    return new int[size];
  }

  /** Returns an array of at least {@code length} numbers whose content is undefined. */
  long[] longs(long[] held, long length) {
    if (length <= held.length) {
      return held;
    }
    int size = checked(length);
    exchange((long) held.length * Long.BYTES, (long) size * Long.BYTES);
    return new long[size];
  }

  /**
   * Returns an array that holds exactly the first {@code used} bytes of {@code held}, giving back
   * what it had beyond them.
   */
  byte[] trim(byte[] held, int used) {
    if (used == held.length) {
      return held;
    }
    reservation.grow(used);
    byte[] exact = Arrays.copyOf(held, used);
    reservation.shrink(held.length);
    return exact;
  }

  /** Gives back the bytes of {@code held}, which the caller uses no more. */
  void discard(byte[] held) {
    reservation.shrink(held.length);
  }

  /** Charges objects of the heap that are held elsewhere, for as long as this is open. */
  void charge(long bytes) {
    reservation.grow(bytes);
  }

  /** Charges what {@link #charge} would and returns true, or changes nothing and returns false. */
  boolean tryCharge(long bytes) {
    return reservation.tryGrow(bytes);
  }

  /** Charges memory outside of the heap, as codecs hold, for as long as this is open. */
  void chargeNative(long bytes) {
    nativeMemory.grow(bytes);
  }

  @Override
  public void close() {
    reservation.close();
    nativeMemory.close();
  }

  private void exchange(long before, long after) {
    // The old array is garbage from here on, even if the budget refuses the new one: its owner can
    // only close then.
    reservation.shrink(before);
    reservation.grow(after);
  }

  private static int checked(long length) {
    if (length > LONGEST) {
      throw new MalformedParquetException("needs an array of " + length + " elements");
    }
    return (int) length;
  }
}
