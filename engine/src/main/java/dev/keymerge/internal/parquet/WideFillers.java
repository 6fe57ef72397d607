package dev.keymerge.internal.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Fills vectors of fixed width whose slots are put together byte by byte: decimals, byte strings of
 * one length, old timestamps.
 */
final class WideFillers {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private WideFillers() {}

  /** Stages slots in an array and moves them to the vector a batch at a time. */
  private abstract static class Staged extends VectorFiller {
    final int width;
    final byte[] stage;
    private @Nullable ArrowBuf data;

    Staged(ScratchArrays scratch, int width) {
      super(scratch);
      this.width = width;
      // Long byte strings share the room of a batch, so that the stage does not grow with them.
      this.stage = new byte[Math.max(width, BATCH * Long.BYTES)];
    }

    @Override
    final void allocate(FieldVector out, int rows) {
      data = allocateFixed(out, rows);
    }

    @Override
    final void putRange(PageValues page, int first, int count, int slot) {
      int slots = stage.length / width;
      for (int done = 0; done < count; done += slots) {
        int length = Math.min(slots, count - done);
        for (int index = 0; index < length; index++) {
          stage(page, first + done + index, index * width);
        }
        flush(length, slot + done);
      }
    }

    @Override
    final void putPicked(PageValues page, int[] picks, int count, int slot) {
      int slots = stage.length / width;
      for (int done = 0; done < count; done += slots) {
        int length = Math.min(slots, count - done);
        for (int index = 0; index < length; index++) {
          int pick = picks[done + index];
          int at = index * width;
          if (pick == NULL) {
            Arrays.fill(stage, at, at + width, (byte) 0);
          } else {
            stage(page, pick, at);
          }
        }
        flush(length, slot + done);
      }
    }

    private void flush(int count, int slot) {
      ArrowBuf buffer = data;
      if (buffer == null) {
        throw new IllegalStateException("No vector has been begun");
      }
      buffer.setBytes((long) slot * width, stage, 0, (long) count * width);
    }

    /** Writes value {@code value} of the page to the stage at {@code at}. */
    abstract void stage(PageValues page, int value, int at);
  }

  /** Fills slots with byte strings of their width. */
  static final class Bytes extends Staged {
    Bytes(ScratchArrays scratch, int width) {
      super(scratch, width);
    }

    @Override
    void stage(PageValues page, int value, int at) {
      System.arraycopy(page.bytes, page.starts[value], stage, at, width);
    }
  }

  /** Fills slots of decimals, lowest byte first, from ints. */
  static final class IntDecimals extends Staged {
    IntDecimals(ScratchArrays scratch, int width) {
      super(scratch, width);
    }

    @Override
    void stage(PageValues page, int value, int at) {
      putLong(stage, at, width, page.ints[value]);
    }
  }

  /** Fills slots of decimals, lowest byte first, from longs. */
  static final class LongDecimals extends Staged {
    LongDecimals(ScratchArrays scratch, int width) {
      super(scratch, width);
    }

    @Override
    void stage(PageValues page, int value, int at) {
      putLong(stage, at, width, page.longs[value]);
    }
  }

  private static void putLong(byte[] target, int at, int width, long value) {
    LONG.set(target, at, value);
    for (int offset = Long.BYTES; offset < width; offset += Long.BYTES) {
      LONG.set(target, at + offset, value >> 63);
    }
  }

  /**
   * Fills slots of decimals, lowest byte first, from byte strings of any length, highest byte
   * first.
   */
  static final class BytesDecimals extends Staged {
    BytesDecimals(ScratchArrays scratch, int width) {
      super(scratch, width);
    }

    @Override
    void stage(PageValues page, int value, int at) {
      byte[] bytes = page.bytes;
      int start = page.starts[value];
      int length = page.lengths[value];
      if (length == 0) {
        throw new MalformedParquetException("it holds a decimal of no bytes");
      }
      byte sign = (byte) (bytes[start] >> 7);
      int taken = Math.min(length, width);
      int last = start + length - 1;
      for (int index = 0; index < taken; index++) {
        stage[at + index] = bytes[last - index];
      }
      Arrays.fill(stage, at + taken, at + width, sign);
      if (length > width) {
        requireSignOnly(bytes, start, length, sign, stage[at + width - 1]);
      }
    }

    private void requireSignOnly(byte[] bytes, int start, int length, byte sign, byte highest) {
      boolean fits = (byte) (highest >> 7) == sign;
      for (int index = 0; index < length - width; index++) {
        fits &= bytes[start + index] == sign;
      }
      if (!fits) {
        throw new UnreadableValueException(
            "it holds a decimal of " + length + " bytes, more than its precision needs");
      }
    }
  }

  /**
   * Fills slots with nanoseconds since 1970 from days and nanoseconds of the day, as old writers
   * store timestamps.
   */
  static final class Int96Timestamps extends Staged {
    private static final long NANOS_PER_DAY = 86_400_000_000_000L;
    private static final long JULIAN_DAY_OF_1970 = 2_440_588;

    Int96Timestamps(ScratchArrays scratch) {
      super(scratch, Long.BYTES);
    }

    @Override
    void stage(PageValues page, int value, int at) {
      int start = page.starts[value];
      long nanos = (long) LONG.get(page.bytes, start);
      long days = (int) INT.get(page.bytes, start + Long.BYTES) - JULIAN_DAY_OF_1970;
      try {
        LONG.set(stage, at, instant(days, nanos));
      } catch (ArithmeticException overflow) {
        throw new UnreadableValueException(
            "it holds a timestamp (INT96) of day "
                + days
                + " since 1970, which nanoseconds cannot count");
      }
    }

    /**
     * Counts negative days from their end: the beginning of the first countable day is itself too
     * far away.
     */
    private static long instant(long days, long nanos) {
      long day = days < 0 ? days + 1 : days;
      long rest = days < 0 ? Math.subtractExact(nanos, NANOS_PER_DAY) : nanos;
      return Math.addExact(Math.multiplyExact(day, NANOS_PER_DAY), rest);
    }
  }
}
