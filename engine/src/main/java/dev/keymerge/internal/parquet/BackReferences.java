package dev.keymerge.internal.parquet;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Expands a block of literal bytes and of copies of what came before, a piece at a time, keeping
 * only as much of the past as copies reach back.
 *
 * <p>Copies that reach further than is kept, which the usual writers never make, start everything
 * again with more memory. Takes its arrays from scratch memory and gives them back when closed. Not
 * thread-safe.
 */
abstract class BackReferences extends InputStream {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** How far back copies of usual writers reach. */
  private static final int USUAL_HISTORY = 64 << 10;

  private static final int PIECE_BYTES = 64 << 10;
  private static final int INPUT_BYTES = 32 << 10;

  /** Short copies overrun their end. */
  private static final int SLACK = Long.BYTES;

  private final ExpandedPage.Stored stored;
  private final ScratchArrays scratch;
  private final byte[] one = new byte[1];

  private InputStream input;
  private byte[] in;
  private int inFrom;
  private int inTo;

  private byte[] out;
  private int history = USUAL_HISTORY;
  private int from;
  private int end;

  /** How much was expanded since the beginning, and how much of it was handed out. */
  private long expanded;

  private long delivered;

  /** How much is expanded a second time and not to be handed out again. */
  private long again;

  private long literals;
  private long copied;
  private int distance;
  private boolean begun;

  BackReferences(ExpandedPage.Stored stored, ScratchArrays scratch) {
    this.stored = stored;
    this.scratch = scratch;
    this.input = stored.open();
    this.in = scratch.bytes(new byte[0], INPUT_BYTES);
    this.out = scratch.bytes(new byte[0], history + PIECE_BYTES + SLACK);
  }

  /** Reads what stands before the first element. */
  abstract void begin() throws IOException;

  /**
   * Reads the beginning of the next element and calls {@link #literal} or {@link #copy}, or returns
   * false at the end.
   */
  abstract boolean element() throws IOException;

  /** Announces bytes that stand in the input next. */
  final void literal(long length) {
    literals = length;
  }

  /** Announces a copy of bytes that came {@code back} bytes before. */
  final void copy(long back, long length) {
    if (back <= 0 || back > expanded) {
      throw new MalformedParquetException(
          "a compressed page refers to " + back + " bytes before, after " + expanded);
    }
    distance = (int) back;
    copied = length;
  }

  /** Returns whether all input is used up. */
  final boolean inputEnded() throws IOException {
    return inFrom == inTo && !moreInput();
  }

  /** Returns the next byte of the input. */
  final int nextByte() throws IOException {
    if (inFrom == inTo && !moreInput()) {
      throw endedEarly();
    }
    return in[inFrom++] & 0xFF;
  }

  private static MalformedParquetException endedEarly() {
    return new MalformedParquetException("a compressed page ends too early");
  }

  private boolean moreInput() throws IOException {
    int count = input.read(in, 0, INPUT_BYTES);
    inFrom = 0;
    inTo = Math.max(0, count);
    return count > 0;
  }

  @Override
  public final int read() throws IOException {
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public final int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    while (from == end) {
      if (!expandPiece()) {
        return -1;
      }
      int passed = (int) Math.min(again, end - from);
      from += passed;
      again -= passed;
    }
    int count = Math.min(length, end - from);
    System.arraycopy(out, from, target, offset, count);
    from += count;
    delivered += count;
    return count;
  }

  /** Expands more if there is more; returns false at the end. */
  private boolean expandPiece() throws IOException {
    if (!begun) {
      begun = true;
      begin();
    }
    if (end > history) {
      System.arraycopy(out, end - history, out, 0, history);
      end = history;
      from = history;
    }
    int limit = out.length - SLACK;
    int before = end;
    while (end < limit) {
      if (literals > 0) {
        takeLiterals(limit);
      } else if (copied > 0) {
        if (distance > end) {
          startAgain(distance);
          return true;
        }
        takeCopies(limit);
      } else if (!element()) {
        break;
      }
    }
    return end > before;
  }

  private void takeLiterals(int limit) throws IOException {
    if (inFrom == inTo && !moreInput()) {
      throw endedEarly();
    }
    int count = (int) Math.min(literals, Math.min(limit - end, inTo - inFrom));
    System.arraycopy(in, inFrom, out, end, count);
    inFrom += count;
    literals -= count;
    end += count;
    expanded += count;
  }

  private void takeCopies(int limit) {
    int count = (int) Math.min(copied, limit - end);
    byte[] bytes = out;
    int target = end;
    int source = end - distance;
    int stop = end + count;
    if (distance >= Long.BYTES) {
      for (; target < stop; target += Long.BYTES, source += Long.BYTES) {
        LONG.set(bytes, target, (long) LONG.get(bytes, source));
      }
    } else {
      while (target < stop) {
        bytes[target++] = bytes[source++];
      }
    }
    copied -= count;
    end = stop;
    expanded += count;
  }

  /** Goes back to the beginning with a past of {@code least} bytes. */
  private void startAgain(int least) throws IOException {
    long longer = Math.max(least, 2L * history);
    byte[] shorter = out;
    out = new byte[0];
    out = scratch.bytes(shorter, longer + PIECE_BYTES + SLACK);
    history = (int) longer;
    again = delivered;
    input.close();
    input = stored.open();
    inFrom = 0;
    inTo = 0;
    from = 0;
    end = 0;
    expanded = 0;
    literals = 0;
    copied = 0;
    begun = false;
  }

  @Override
  public void close() throws IOException {
    scratch.discard(in);
    scratch.discard(out);
    in = new byte[0];
    out = new byte[0];
    input.close();
  }

  /** Expands a Snappy block. */
  static final class SnappyBlock extends BackReferences {
    private static final int LONGEST_SHORT = 60;
    private final long expandedLength;

    /** Creates the stream of a block that expands to {@code expandedLength} bytes. */
    SnappyBlock(ExpandedPage.Stored stored, long expandedLength, ScratchArrays scratch) {
      super(stored, scratch);
      this.expandedLength = expandedLength;
    }

    @Override
    void begin() throws IOException {
      long length = 0;
      int shift = 0;
      int part;
      do {
        part = nextByte();
        length |= (part & 0x7FL) << shift;
        shift += 7;
      } while (part > 0x7F && shift < Integer.SIZE);
      PageCodecs.checkLength(length, (int) expandedLength);
    }

    @Override
    boolean element() throws IOException {
      if (inputEnded()) {
        return false;
      }
      int tag = nextByte();
      int length = tag >>> 2;
      switch (tag & 3) {
        case 0 ->
            literal(1 + (length < LONGEST_SHORT ? length : number(length + 1 - LONGEST_SHORT)));
        case 1 -> copy((long) (tag >>> 5) << 8 | nextByte(), 4 + (length & 7));
        case 2 -> copy(number(Short.BYTES), 1L + length);
        default -> copy(number(Integer.BYTES), 1L + length);
      }
      return true;
    }

    private long number(int bytes) throws IOException {
      long number = 0;
      for (int index = 0; index < bytes; index++) {
        number |= (long) nextByte() << (Byte.SIZE * index);
      }
      return number;
    }
  }

  /** Expands a bare LZ4 block. */
  static final class Lz4Block extends BackReferences {
    private static final int OPEN = 15;
    private static final int LEAST_COPY = 4;
    private int copyBits;
    private boolean copyNext;

    Lz4Block(ExpandedPage.Stored stored, ScratchArrays scratch) {
      super(stored, scratch);
    }

    @Override
    void begin() {
      copyNext = false;
    }

    @Override
    boolean element() throws IOException {
      if (inputEnded()) {
        return false;
      }
      if (copyNext) {
        copyNext = false;
        int back = nextByte() | nextByte() << Byte.SIZE;
        copy(back, LEAST_COPY + length(copyBits));
      } else {
        int token = nextByte();
        copyBits = token & OPEN;
        copyNext = true;
        literal(length(token >>> 4));
      }
      return true;
    }

    private long length(int bits) throws IOException {
      long length = bits;
      int part = bits == OPEN ? 0xFF : 0;
      while (part == 0xFF) {
        part = nextByte();
        length += part;
      }
      return length;
    }
  }
}
