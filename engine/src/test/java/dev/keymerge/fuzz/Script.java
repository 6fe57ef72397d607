package dev.keymerge.fuzz;

import java.util.Arrays;

/**
 * Reads an input as a list of decisions; when it is used up, every further decision is 0.
 *
 * <p>Not thread-safe.
 */
final class Script {
  /** Numbers at which something often changes. */
  private static final long[] EDGES = {
    0,
    1,
    -1,
    2,
    7,
    8,
    31,
    32,
    127,
    128,
    255,
    256,
    4096,
    65_535,
    65_536,
    1 << 20,
    1 << 24,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    Integer.MAX_VALUE - 7L,
    1L << 31,
    1L << 32,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private final byte[] bytes;
  private int position;

  Script(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Returns whether decisions are left. */
  boolean more() {
    return position < bytes.length;
  }

  /** Returns a number from 0 to 255. */
  int next() {
    return position < bytes.length ? bytes[position++] & 0xFF : 0;
  }

  /** Returns a number from 0 to {@code bound - 1}, which takes as many bytes as it needs. */
  int below(int bound) {
    if (bound <= 1) {
      return 0;
    }
    int value = next();
    if (bound > 1 << 8) {
      value |= next() << 8;
    }
    if (bound > 1 << 16) {
      value |= next() << 16;
    }
    return value % bound;
  }

  /** Returns a number that is likely to be wrong where {@code old} stands. */
  long number(long old) {
    int how = next();
    return switch (how & 7) {
      case 0 -> old + 1;
      case 1 -> old - 1;
      case 2 -> old * 2;
      case 3 -> -old;
      case 4 -> next();
      case 5 -> next() | next() << 8 | (long) next() << 16 | (long) (byte) next() << 24;
      default -> EDGES[(how >>> 3) % EDGES.length];
    };
  }

  /** Returns the next bytes, {@code most} at most. */
  byte[] bytes(int most) {
    int length = Math.min(below(most + 1), bytes.length - position);
    byte[] part = Arrays.copyOfRange(bytes, position, position + length);
    position += length;
    return part;
  }

  /** Returns all bytes that are left. */
  byte[] rest() {
    byte[] part = Arrays.copyOfRange(bytes, Math.min(position, bytes.length), bytes.length);
    position = bytes.length;
    return part;
  }

  /** Returns {@code content} with a stretch of it overwritten, left out, repeated or put in. */
  byte[] edit(byte[] content) {
    int at = below(content.length + 1);
    int how = next() % 5;
    byte[] part = how == 2 || how == 3 ? new byte[0] : bytes(64);
    int length = how == 2 || how == 3 ? Math.min(below(64), content.length - at) : part.length;
    return switch (how) {
      case 0, 4 -> {
        byte[] changed = Arrays.copyOf(content, Math.max(content.length, at));
        System.arraycopy(part, 0, changed, at, Math.min(part.length, content.length - at));
        yield changed;
      }
      case 1 -> join(content, at, part, at);
      case 2 -> join(content, at, new byte[0], at + length);
      default -> join(content, at, Arrays.copyOfRange(content, at, at + length), at);
    };
  }

  /** Joins the bytes before {@code to}, {@code middle}, and the bytes from {@code from} on. */
  private static byte[] join(byte[] content, int to, byte[] middle, int from) {
    byte[] joined = new byte[to + middle.length + content.length - from];
    System.arraycopy(content, 0, joined, 0, to);
    System.arraycopy(middle, 0, joined, to, middle.length);
    System.arraycopy(content, from, joined, to + middle.length, content.length - from);
    return joined;
  }
}
