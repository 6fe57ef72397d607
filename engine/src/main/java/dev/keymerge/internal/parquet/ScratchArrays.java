package dev.keymerge.internal.parquet;

import dev.keymerge.internal.memory.MemoryReservation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
  private final ArrayPool pool;

  /** Arrays that come from the pool or go there. */
  private final List<byte[]> lent = new ArrayList<>(2);

  /**
   * Creates scratch memory that owns both reservations; the second pays for {@link #chargeNative}.
   *
   * @param pool where lent arrays come from and go to; borrowed
   */
  ScratchArrays(MemoryReservation reservation, MemoryReservation nativeMemory, ArrayPool pool) {
    this.reservation = reservation;
    this.nativeMemory = nativeMemory;
    this.pool = pool;
  }

  /**
   * Returns an array of at least {@code length} bytes whose content is undefined, used before by
   * others and used again by others once this is closed; not to be mixed with {@link #bytes}.
   */
  byte[] lend(byte[] held, long length) {
    if (length <= held.length) {
      return held;
    }
    giveBack(held);
    int size = checked(length);
    byte[] taken = pool.take(size);
    if (taken == null) {
      reservation.grow(size);
      taken = new byte[size];
    } else {
      reservation.grow(taken.length);
    }
    lent.add(taken);
    return taken;
  }

  @SuppressWarnings("ReferenceEquality") // Just this array, whatever others look like.
  private void giveBack(byte[] held) {
    for (int i = 0; i < lent.size(); i++) {
      if (lent.get(i) == held) {
        lent.remove(i);
        reservation.shrink(held.length);
        pool.give(held);
        return;
      }
    }
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

  /** Gives back what {@link #charge} has charged, before this is closed. */
  void discharge(long bytes) {
    reservation.shrink(bytes);
  }

  /** Gives back what {@link #chargeNative} has charged, before this is closed. */
  void dischargeNative(long bytes) {
    nativeMemory.shrink(bytes);
  }

  /** Charges memory outside of the heap, as codecs hold, for as long as this is open. */
  void chargeNative(long bytes) {
    nativeMemory.grow(bytes);
  }

  @Override
  public void close() {
    reservation.close();
    nativeMemory.close();
    lent.forEach(pool::give);
    lent.clear();
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
