package dev.keymerge.internal.parquet;

import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Fills vectors of numbers of the same layout as the page, of narrower integers and of booleans.
 */
final class NumberFillers {
  private NumberFillers() {}

  private static ArrowBuf open(@Nullable ArrowBuf buffer) {
    if (buffer == null) {
      throw new IllegalStateException("No vector has been begun");
    }
    return buffer;
  }

  /** Fills slots of eight bytes from longs. */
  static final class Longs extends VectorFiller {
    private final long[] stage = new long[BATCH];
    private @Nullable ArrowBuf data;

    Longs(ScratchArrays scratch) {
      super(scratch);
    }

    @Override
    void allocate(FieldVector out, int rows) {
      data = allocateFixed(out, rows);
    }

    @Override
    void putRange(PageValues page, int first, int count, int slot) {
      put(page.longs, first, count, slot);
    }

    @Override
    void putPicked(PageValues page, int[] picks, int count, int slot) {
      long[] values = page.longs;
      if (page.valueCount == 0) {
        Arrays.fill(stage, 0, count, 0);
      } else {
        for (int index = 0; index < count; index++) {
          int pick = picks[index];
          int ifNull = pick >> 31;
          stage[index] = values[pick & ~ifNull] & ~ifNull;
        }
      }
      put(stage, 0, count, slot);
    }

    private void put(long[] values, int first, int count, int slot) {
      open(data)
          .nioBuffer((long) slot * Long.BYTES, count * Long.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asLongBuffer()
          .put(values, first, count);
    }
  }

  /** Fills slots of four bytes from ints. */
  static final class Ints extends VectorFiller {
    private final int[] stage = new int[BATCH];
    private @Nullable ArrowBuf data;

    Ints(ScratchArrays scratch) {
      super(scratch);
    }

    @Override
    void allocate(FieldVector out, int rows) {
      data = allocateFixed(out, rows);
    }

    @Override
    void putRange(PageValues page, int first, int count, int slot) {
      put(page.ints, first, count, slot);
    }

    @Override
    void putPicked(PageValues page, int[] picks, int count, int slot) {
      int[] values = page.ints;
      if (page.valueCount == 0) {
        Arrays.fill(stage, 0, count, 0);
      } else {
        for (int index = 0; index < count; index++) {
          int pick = picks[index];
          int ifNull = pick >> 31;
          stage[index] = values[pick & ~ifNull] & ~ifNull;
        }
      }
      put(stage, 0, count, slot);
    }

    private void put(int[] values, int first, int count, int slot) {
      open(data)
          .nioBuffer((long) slot * Integer.BYTES, count * Integer.BYTES)
          .order(ByteOrder.LITTLE_ENDIAN)
          .asIntBuffer()
          .put(values, first, count);
    }
  }

  /** Fills slots of one or two bytes from ints, which must fit. */
  static final class Narrow extends VectorFiller {
    private final int width;
    private final int least;
    private final int greatest;
    private final byte[] stage;
    private @Nullable ArrowBuf data;

    /**
     * Creates the filler of slots of {@code width} bytes whose numbers lie between {@code least}
     * and {@code greatest}.
     */
    Narrow(ScratchArrays scratch, int width, int least, int greatest) {
      super(scratch);
      this.width = width;
      this.least = least;
      this.greatest = greatest;
      this.stage = new byte[BATCH * width];
    }

    @Override
    void allocate(FieldVector out, int rows) {
      data = allocateFixed(out, rows);
    }

    @Override
    void putRange(PageValues page, int first, int count, int slot) {
      for (int done = 0; done < count; done += BATCH) {
        int length = piece(done, count);
        for (int index = 0; index < length; index++) {
          stage(index, page.ints[first + done + index]);
        }
        flush(length, slot + done);
      }
    }

    @Override
    void putPicked(PageValues page, int[] picks, int count, int slot) {
      for (int index = 0; index < count; index++) {
        int pick = picks[index];
        stage(index, pick == NULL ? 0 : page.ints[pick]);
      }
      flush(count, slot);
    }

    private void stage(int index, int value) {
      if (value < least || value > greatest) {
        throw new MalformedParquetException(
            "it holds the number " + value + ", which its type does not have");
      }
      if (width == 1) {
        stage[index] = (byte) value;
      } else {
        stage[2 * index] = (byte) value;
        stage[2 * index + 1] = (byte) (value >>> 8);
      }
    }

    private void flush(int count, int slot) {
      open(data).setBytes((long) slot * width, stage, 0, (long) count * width);
    }
  }

  /** Fills a vector of bits from ints that are 0 or 1. */
  static final class Booleans extends VectorFiller {
    private final ScratchArrays scratch;
    private byte[] bits = new byte[0];
    private @Nullable ArrowBuf data;

    Booleans(ScratchArrays scratch) {
      super(scratch);
      this.scratch = scratch;
    }

    @Override
    void allocate(FieldVector out, int rows) {
      data = allocateFixed(out, rows);
      int bytes = (rows + 7) >>> 3;
      bits = scratch.bytes(bits, bytes);
      Arrays.fill(bits, 0, bytes, (byte) 0);
    }

    @Override
    void putRange(PageValues page, int first, int count, int slot) {
      for (int index = 0; index < count; index++) {
        int at = slot + index;
        bits[at >>> 3] |= (byte) (page.ints[first + index] << (at & 7));
      }
    }

    @Override
    void putPicked(PageValues page, int[] picks, int count, int slot) {
      for (int index = 0; index < count; index++) {
        int at = slot + index;
        int pick = picks[index];
        bits[at >>> 3] |= (byte) ((pick == NULL ? 0 : page.ints[pick]) << (at & 7));
      }
    }

    @Override
    void complete(int rows) {
      open(data).setBytes(0, bits, 0, (rows + 7) >>> 3);
    }
  }
}
