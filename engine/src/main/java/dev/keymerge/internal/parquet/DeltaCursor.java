package dev.keymerge.internal.parquet;

import java.io.IOException;

/**
 * Reads integers that are stored as differences in blocks, as many at a time as asked.
 *
 * <p>The same format as {@link DeltaStream} reads at once. Borrows its stream; not thread-safe.
 */
final class DeltaCursor {
  private static final int PIECE = 256;

  private final PageStream stream;
  private final int miniblocks;
  private final int miniblockValues;
  private final byte[] widths;
  private final long[] piece = new long[PIECE];
  private int pieceFrom;
  private int pieceTo;
  private long value;

  /** How many numbers have not been unpacked, and how many of them the current miniblock holds. */
  private int left;

  private int inMiniblock;
  private int miniblock;
  private long least;

  /**
   * Creates the cursor, which stands before the header of {@code count} numbers.
   *
   * @throws MalformedParquetException if there are more or fewer
   */
  DeltaCursor(PageStream stream, int count, ScratchArrays scratch) throws IOException {
    this.stream = stream;
    long blockSize = varint();
    long blocks = varint();
    long total = varint();
    if (blockSize <= 0
        || blocks <= 0
        || blockSize > Integer.MAX_VALUE
        || blocks > blockSize
        || blockSize % blocks != 0
        || blockSize / blocks % Byte.SIZE != 0) {
      throw new MalformedParquetException(
          "differences come in blocks of " + blockSize + " with " + blocks + " miniblocks");
    }
    if (total != count) {
      throw new MalformedParquetException(
          "a page holds " + total + " differences for " + count + " values");
    }
    if (blocks > stream.remaining()) {
      throw new MalformedParquetException("a page ends within a block of differences");
    }
    this.miniblocks = (int) blocks;
    this.miniblockValues = (int) (blockSize / blocks);
    this.widths = scratch.bytes(new byte[0], miniblocks);
    this.miniblock = miniblocks;
    this.value = zigzag();
    this.piece[0] = value;
    this.pieceTo = 1;
    this.left = count - 1;
  }

  /** Writes the next {@code count} numbers to {@code out}. */
  void ints(int[] out, int count) throws IOException {
    int done = 0;
    while (done < count) {
      int part = more(count - done);
      for (int index = 0; index < part; index++) {
        out[done + index] = (int) piece[pieceFrom + index];
      }
      pieceFrom += part;
      done += part;
    }
  }

  /** Writes the next {@code count} numbers to {@code out}. */
  void longs(long[] out, int count) throws IOException {
    int done = 0;
    while (done < count) {
      int part = more(count - done);
      System.arraycopy(piece, pieceFrom, out, done, part);
      pieceFrom += part;
      done += part;
    }
  }

  /** Passes over all numbers, so that the stream stands behind them. */
  void pass() throws IOException {
    while (left > 0) {
      pieceFrom = pieceTo;
      more(1);
    }
  }

  private int more(int wanted) throws IOException {
    if (pieceFrom == pieceTo) {
      unpack();
    }
    return Math.min(wanted, pieceTo - pieceFrom);
  }

  private void unpack() throws IOException {
    if (left == 0) {
      throw new IllegalStateException("All differences have been read");
    }
    if (inMiniblock == 0) {
      nextMiniblock();
    }
    int width = widths[miniblock] & 0xFF;
    int whole = Math.min(PIECE, inMiniblock);
    int count = Math.min(whole, left);
    long bytes = whole / Byte.SIZE * (long) width;
    long needed = (count * (long) width + 7) >>> 3;
    // The last miniblock may be cut off after the last number that counts.
    int taken = (int) Math.max(needed, Math.min(bytes, stream.remaining()));
    stream.require(taken);
    long bit = 0;
    for (int index = 0; index < count; index++) {
      value += least + RunLengths.wide(stream.window(), stream.offset(), bit, width);
      piece[index] = value;
      bit += width;
    }
    stream.pass(taken);
    left -= count;
    inMiniblock -= whole;
    pieceFrom = 0;
    pieceTo = count;
    if (left == 0) {
      stream.skip(Math.min(stream.remaining(), inMiniblock / Byte.SIZE * (long) width));
    }
  }

  private void nextMiniblock() throws IOException {
    miniblock++;
    if (miniblock >= miniblocks) {
      least = zigzag();
      for (int index = 0; index < miniblocks; index++) {
        widths[index] = (byte) stream.nextByte();
      }
      miniblock = 0;
    }
    int width = widths[miniblock] & 0xFF;
    if (width > Long.SIZE) {
      throw new MalformedParquetException("differences are " + width + " bits wide");
    }
    inMiniblock = miniblockValues;
  }

  private long zigzag() throws IOException {
    long raw = varint();
    return raw >>> 1 ^ -(raw & 1);
  }

  private long varint() throws IOException {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int part = stream.nextByte();
      number |= (long) (part & 0x7F) << shift;
      if (part <= 0x7F) {
        return number;
      }
    }
    throw new MalformedParquetException("a number of a page is too long");
  }
}
