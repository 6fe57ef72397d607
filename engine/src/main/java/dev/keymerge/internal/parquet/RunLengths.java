package dev.keymerge.internal.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Unpacks small unsigned numbers: the mix of repeated and bit-packed runs that levels and
 * dictionary indices are stored in, and bare bit-packed numbers.
 *
 * <p>Works on whole pages at once. Numbers are read eight bytes at a time as long as the array goes
 * on, which it may do beyond the data. Pure functions.
 */
final class RunLengths {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int WIDEST = 32;
  private static final int VARINT_BYTES = 5;

  private RunLengths() {}

  /**
   * Unpacks {@code count} numbers of {@code width} bits that are stored in runs between {@code
   * from} and {@code to}.
   *
   * @throws MalformedParquetException if the runs hold fewer numbers
   */
  static void unpackRuns(byte[] data, int from, int to, int width, int[] out, int count) {
    if (width < 0 || width > WIDEST) {
      throw new MalformedParquetException("numbers of " + width + " bits");
    }
    if (width == 0) {
      Arrays.fill(out, 0, count, 0);
      return;
    }
    int position = from;
    int done = 0;
    while (done < count) {
      int header = 0;
      int shift = 0;
      int part;
      do {
        if (position >= to || shift >= VARINT_BYTES * 7) {
          throw new MalformedParquetException(
              "a run of numbers ends after " + done + " of " + count);
        }
        part = data[position++];
        header |= (part & 0x7F) << shift;
        shift += 7;
      } while (part < 0);
      int length = header >>> 1;
      if ((header & 1) == 0) {
        int bytes = (width + 7) >>> 3;
        if (bytes > to - position) {
          throw new MalformedParquetException(
              "a run of numbers ends after " + done + " of " + count);
        }
        int end = (int) Math.min(count, done + (long) length);
        Arrays.fill(out, done, end, repeated(data, position, bytes));
        position += bytes;
        done = end;
      } else {
        int taken = (int) Math.min(count - done, length * 8L);
        if ((taken * (long) width + 7) >>> 3 > to - position) {
          throw new MalformedParquetException(
              "a run of numbers ends after " + done + " of " + count);
        }
        unpack(data, position, width, out, done, taken);
        position += (int) Math.min(to - position, length * (long) width);
        done += taken;
      }
    }
  }

  private static int repeated(byte[] data, int position, int bytes) {
    int value = 0;
    for (int index = 0; index < bytes; index++) {
      value |= (data[position + index] & 0xFF) << (8 * index);
    }
    return value;
  }

  /**
   * Unpacks {@code count} numbers of 1 to 32 bits, lowest bit first, to {@code out} from {@code
   * outFrom} on; the caller has checked that the data hold them.
   */
  static void unpack(byte[] data, int from, int width, int[] out, int outFrom, int count) {
    long mask = (1L << width) - 1;
    // The last number that can be read by eight bytes starts at bit (length - from - 8) * 8 + 7.
    long lastBit = (data.length - (long) from - Long.BYTES) * 8 + 7;
    int fast = lastBit < 0 ? 0 : (int) Math.min(count, lastBit / width + 1);
    long bit = 0;
    for (int index = 0; index < fast; index++) {
      long word = (long) LONG.get(data, from + (int) (bit >>> 3));
      out[outFrom + index] = (int) ((word >>> (bit & 7)) & mask);
      bit += width;
    }
    for (int index = fast; index < count; index++) {
      out[outFrom + index] = (int) slowly(data, from, bit, width);
      bit += width;
    }
  }

  /** Reads a number of up to 64 bits that starts {@code bit} bits after {@code from}. */
  static long wide(byte[] data, int from, long bit, int width) {
    int position = from + (int) (bit >>> 3);
    int shift = (int) (bit & 7);
    if (width + shift > Long.SIZE || position > data.length - Long.BYTES) {
      return slowly(data, from, bit, width);
    }
    long word = (long) LONG.get(data, position) >>> shift;
    return width == Long.SIZE ? word : word & ((1L << width) - 1);
  }

  private static long slowly(byte[] data, int from, long bit, int width) {
    long value = 0;
    int got = 0;
    while (got < width) {
      long at = bit + got;
      int inByte = (int) (at & 7);
      int taken = Math.min(8 - inByte, width - got);
      long part = (data[from + (int) (at >>> 3)] >>> inByte) & ((1L << taken) - 1);
      value |= part << got;
      got += taken;
    }
    return value;
  }

  /**
   * Unpacks {@code count} numbers that are packed highest bit first, as levels of very old files
   * are, and returns where they end.
   *
   * @throws MalformedParquetException if they do not end before {@code to}
   */
  static int unpackHighestFirst(byte[] data, int from, int to, int width, int[] out, int count) {
    long bytes = (count * (long) width + 7) >>> 3;
    if (bytes > to - from) {
      throw new MalformedParquetException("a page ends within its levels");
    }
    long bit = 0;
    for (int index = 0; index < count; index++) {
      int value = 0;
      for (int got = 0; got < width; got++, bit++) {
        int current = data[from + (int) (bit >>> 3)] >>> (7 - (int) (bit & 7));
        value = value << 1 | (current & 1);
      }
      out[index] = value;
    }
    return from + (int) bytes;
  }
}
