package dev.keymerge.internal.parquet;

/**
 * Reads one run of integers that are stored as differences, packed in blocks of their own bit
 * widths.
 *
 * <p>Layout: block size, miniblocks per block, count and first value; then per block its least
 * difference, a width per miniblock, and the miniblocks that are needed. Numbers wrap around as
 * machine integers do.
 *
 * <p>Reused from page to page; not thread-safe.
 */
final class DeltaStream {
  private static final int BATCH = 256;

  private final long[] batch = new long[BATCH];
  private byte[] data = new byte[0];
  private int position;
  private int end;
  private int miniblockValues;
  private int miniblocks;
  private long first;

  /**
   * Reads exactly {@code count} numbers into {@code out} and returns where the run ends.
   *
   * @throws MalformedParquetException if the run holds another count or ends too early
   */
  int ints(byte[] source, int from, int to, int count, int[] out) {
    start(source, from, to, count);
    long value = first;
    out[0] = (int) value;
    int done = 1;
    while (done < count) {
      long least = zigzag();
      int widths = position;
      passWidths();
      for (int block = 0; block < miniblocks && done < count; block++) {
        int width = width(widths + block);
        int taken = Math.min(miniblockValues, count - done);
        requireBits(taken, width);
        for (int read = 0; read < taken; read += BATCH) {
          int length = Math.min(BATCH, taken - read);
          unpack(read, width, length);
          for (int index = 0; index < length; index++) {
            value += least + batch[index];
            out[done + index] = (int) value;
          }
          done += length;
        }
        passMiniblock(width);
      }
    }
    return position;
  }

  /**
   * Reads exactly {@code count} numbers into {@code out} and returns where the run ends.
   *
   * @throws MalformedParquetException if the run holds another count or ends too early
   */
  int longs(byte[] source, int from, int to, int count, long[] out) {
    start(source, from, to, count);
    long value = first;
    out[0] = value;
    int done = 1;
    while (done < count) {
      long least = zigzag();
      int widths = position;
      passWidths();
      for (int block = 0; block < miniblocks && done < count; block++) {
        int width = width(widths + block);
        int taken = Math.min(miniblockValues, count - done);
        requireBits(taken, width);
        for (int read = 0; read < taken; read += BATCH) {
          int length = Math.min(BATCH, taken - read);
          unpack(read, width, length);
          for (int index = 0; index < length; index++) {
            value += least + batch[index];
            out[done + index] = value;
          }
          done += length;
        }
        passMiniblock(width);
      }
    }
    return position;
  }

  private void start(byte[] source, int from, int to, int count) {
    data = source;
    position = from;
    end = to;
    long blockSize = varint();
    long blocks = varint();
    long total = varint();
    if (blockSize <= 0 || blocks <= 0 || blockSize > Integer.MAX_VALUE || blocks > blockSize) {
      throw new MalformedParquetException(
          "differences come in blocks of " + blockSize + " with " + blocks + " miniblocks");
    }
    miniblocks = (int) blocks;
    miniblockValues = (int) (blockSize / blocks);
    if (miniblockValues % Byte.SIZE != 0 || blockSize % blocks != 0) {
      throw new MalformedParquetException(
          "differences come in blocks of " + blockSize + " with " + blocks + " miniblocks");
    }
    if (total != count) {
      throw new MalformedParquetException(
          "a page holds " + total + " differences for " + count + " values");
    }
    first = zigzag();
  }

  private void passWidths() {
    if (miniblocks > end - position) {
      throw new MalformedParquetException("a page ends within a block of differences");
    }
    position += miniblocks;
  }

  private int width(int at) {
    int width = data[at] & 0xFF;
    if (width > Long.SIZE) {
      throw new MalformedParquetException("differences are " + width + " bits wide");
    }
    return width;
  }

  private void requireBits(int count, int width) {
    if ((count * (long) width + 7) >>> 3 > end - position) {
      throw new MalformedParquetException("a page ends within a block of differences");
    }
  }

  private void unpack(int skipped, int width, int count) {
    long bit = skipped * (long) width;
    for (int index = 0; index < count; index++) {
      batch[index] = RunLengths.wide(data, position, bit, width);
      bit += width;
    }
  }

  /** The last miniblock may be cut off after the last value that counts. */
  private void passMiniblock(int width) {
    position += (int) Math.min(end - position, miniblockValues / Byte.SIZE * (long) width);
  }

  private long zigzag() {
    long raw = varint();
    return raw >>> 1 ^ -(raw & 1);
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (position >= end) {
        throw new MalformedParquetException("a page ends within a block of differences");
      }
      int part = data[position++];
      value |= (long) (part & 0x7F) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw new MalformedParquetException("a number of a page is too long");
  }
}
