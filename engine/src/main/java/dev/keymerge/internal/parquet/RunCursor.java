package dev.keymerge.internal.parquet;

import java.io.IOException;
import java.util.Arrays;

/**
 * Unpacks a mix of repeated and bit-packed runs of small unsigned numbers, as many at a time as
 * asked.
 *
 * <p>The same format as {@link RunLengths#unpackRuns} reads at once. Borrows its stream; not
 * thread-safe.
 */
final class RunCursor {
  private static final int WIDEST = 32;
  private static final int VARINT_BYTES = 5;

  /** Numbers that are unpacked at once; always whole bytes. */
  private static final int PIECE = 1024;

  private final PageStream stream;
  private final int width;
  private final int[] spare = new int[Byte.SIZE];
  private int spareFrom;
  private int spareTo;
  private long repeats;
  private int repeated;
  private long packed;

  /** Creates the cursor over all of {@code stream}, numbers of {@code width} bits. */
  RunCursor(PageStream stream, int width) {
    if (width < 0 || width > WIDEST) {
      throw new MalformedParquetException("numbers of " + width + " bits");
    }
    this.stream = stream;
    this.width = width;
  }

  /**
   * Writes the next {@code count} numbers to {@code out} from {@code outFrom} on.
   *
   * @throws MalformedParquetException if there are fewer
   */
  void read(int[] out, int outFrom, int count) throws IOException {
    int at = outFrom;
    int end = outFrom + count;
    if (width == 0) {
      Arrays.fill(out, at, end, 0);
      return;
    }
    while (at < end) {
      if (spareFrom < spareTo) {
        int part = Math.min(spareTo - spareFrom, end - at);
        System.arraycopy(spare, spareFrom, out, at, part);
        spareFrom += part;
        at += part;
      } else if (repeats > 0) {
        int part = (int) Math.min(repeats, end - at);
        Arrays.fill(out, at, at + part, repeated);
        repeats -= part;
        at += part;
      } else if (packed > 0) {
        at += unpack(out, at, end);
      } else {
        nextRun();
      }
    }
  }

  /** Unpacks whole groups of eight to {@code out}, or one to the spare numbers. */
  private int unpack(int[] out, int at, int end) throws IOException {
    int groups = Math.min(PIECE, end - at) / Byte.SIZE;
    int wanted = (int) Math.min(packed, Math.max(1, groups) * (long) Byte.SIZE);
    int bytes = (int) Math.min(stream.remaining(), wanted / Byte.SIZE * (long) width);
    int count = (int) Math.min(wanted, bytes * (long) Byte.SIZE / width);
    if (count == 0) {
      throw new MalformedParquetException("a run of numbers ends too early");
    }
    stream.require(bytes);
    int[] target = groups == 0 ? spare : out;
    RunLengths.unpack(stream.window(), stream.offset(), width, target, groups == 0 ? 0 : at, count);
    stream.pass(bytes);
    // The last run of a page may be cut off after the last number that counts.
    packed = count < wanted ? 0 : packed - wanted;
    if (groups > 0) {
      return count;
    }
    spareFrom = 0;
    spareTo = count;
    return 0;
  }

  private void nextRun() throws IOException {
    int header = 0;
    int shift = 0;
    int part;
    do {
      if (shift >= VARINT_BYTES * 7 || stream.remaining() == 0) {
        throw new MalformedParquetException("a run of numbers ends too early");
      }
      part = stream.nextByte();
      header |= (part & 0x7F) << shift;
      shift += 7;
    } while (part > 0x7F);
    int length = header >>> 1;
    if ((header & 1) != 0) {
      packed = length * (long) Byte.SIZE;
      return;
    }
    int value = 0;
    for (int index = 0; index < (width + 7) >>> 3; index++) {
      value |= stream.nextByte() << (Byte.SIZE * index);
    }
    repeats = length;
    repeated = value;
  }
}
