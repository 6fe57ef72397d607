package dev.keymerge.internal.parquet;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the end of a structure in the compact Thrift encoding without making objects.
 *
 * <p>Parsers of this encoding allocate what a length field says before they look at what follows.
 * Measured here first, a structure whose strings and lists are longer than the bytes that hold them
 * is found out before it can ask for memory: what a parser then allocates is bounded by a small
 * multiple of the bytes.
 *
 * <p>An instance is one walk; not thread-safe.
 */
final class ThriftShape {
  /** Every level takes frames of the stack, here and in the parser. */
  private static final int DEEPEST = 64;

  // What a parser makes of the parts on the heap, about: a structure with its fields, a text or
  // byte string with its array, a list with its array, an element that is a boxed number.
  private static final int STRUCT_BYTES = 112;
  private static final int BINARY_BYTES = 72;
  private static final int LIST_BYTES = 56;
  private static final int ELEMENT_BYTES = 24;

  private static final int STOP = 0;
  private static final int TRUE = 1;
  private static final int FALSE = 2;
  private static final int BYTE = 3;
  private static final int SHORT = 4;
  private static final int INT = 5;
  private static final int LONG = 6;
  private static final int DOUBLE = 7;
  private static final int BINARY = 8;
  private static final int LIST = 9;
  private static final int SET = 10;
  private static final int MAP = 11;
  private static final int STRUCT = 12;
  private static final int UUID = 13;
  private static final int UUID_BYTES = 16;

  private final byte[] data;
  private final int end;
  private int position;
  private long objectBytes;

  private ThriftShape(byte[] data, int from, int to) {
    this.data = data;
    this.position = from;
    this.end = to;
  }

  /**
   * Returns where the structure that starts at {@code from} ends, or -1 if that is not before
   * {@code to}.
   *
   * @throws MalformedParquetException if the bytes are no structure, however many more follow
   */
  static int end(byte[] data, int from, int to) {
    ThriftShape shape = new ThriftShape(data, from, to);
    try {
      shape.struct(0);
    } catch (IncompleteException e) {
      return -1;
    }
    return shape.position;
  }

  /**
   * Returns how many bytes of objects a parser makes of the sound structure that starts at {@code
   * from}, about.
   */
  static long objectBytes(byte[] data, int from, int to) {
    ThriftShape shape = new ThriftShape(data, from, to);
    shape.struct(0);
    return shape.objectBytes;
  }

  /**
   * Returns the bytes of one field of a sound structure that starts at {@code from}, as they are,
   * or null if it has no such field.
   */
  static byte @Nullable [] field(byte[] data, int from, int to, int id) {
    ThriftShape shape = new ThriftShape(data, from, to);
    int last = 0;
    for (int header = shape.next(); (header & 0x0F) != STOP; header = shape.next()) {
      int delta = header >>> 4;
      last = delta == 0 ? zigzag(shape.varint()) : last + delta;
      int type = header & 0x0F;
      int start = shape.position;
      if (type != TRUE && type != FALSE) {
        shape.value(type, 0);
      }
      if (last == id) {
        return Arrays.copyOfRange(data, start, shape.position);
      }
    }
    return null;
  }

  private static int zigzag(long encoded) {
    return (int) ((encoded >>> 1) ^ -(encoded & 1));
  }

  private void struct(int depth) {
    objectBytes += STRUCT_BYTES;
    while (true) {
      int header = next();
      int type = header & 0x0F;
      if (type == STOP) {
        return;
      }
      if (header >>> 4 == 0) {
        varint();
      }
      if (type != TRUE && type != FALSE) {
        value(type, depth);
      }
    }
  }

  private void value(int type, int depth) {
    if (depth > DEEPEST) {
      throw new MalformedParquetException(
          "its metadata is nested more than " + DEEPEST + " levels deep");
    }
    switch (type) {
      case TRUE, FALSE, BYTE -> skip(1);
      case SHORT, INT, LONG -> varint();
      case DOUBLE -> skip(Double.BYTES);
      case BINARY -> binary();
      case LIST, SET -> list(depth);
      case MAP -> map(depth);
      case STRUCT -> struct(depth + 1);
      case UUID -> skip(UUID_BYTES);
      default -> throw new MalformedParquetException("its metadata holds an unknown type " + type);
    }
  }

  private void binary() {
    long length = varint();
    skip(length);
    // A text of signs beyond Latin takes two bytes for each.
    objectBytes += BINARY_BYTES + 2 * length;
  }

  private void list(int depth) {
    int header = next();
    int type = header & 0x0F;
    // A header is one byte, so this is at most 15.
    long size = Integer.toUnsignedLong(header) >>> 4;
    if (size == 15) {
      size = varint();
    }
    requireElements(size);
    objectBytes += LIST_BYTES + size * ELEMENT_BYTES;
    for (long element = 0; element < size; element++) {
      value(type, depth + 1);
    }
  }

  private void map(int depth) {
    long size = varint();
    if (size == 0) {
      return;
    }
    requireElements(size);
    objectBytes += LIST_BYTES + 2 * size * ELEMENT_BYTES;
    int types = next();
    for (long element = 0; element < size; element++) {
      value(types >>> 4, depth + 1);
      value(types & 0x0F, depth + 1);
    }
  }

  /** Every element takes a byte at least. */
  private void requireElements(long size) {
    if (size < 0 || size > Integer.MAX_VALUE) {
      throw new MalformedParquetException("its metadata holds a list of " + size + " elements");
    }
    if (size > end - position) {
      throw IncompleteException.INSTANCE;
    }
  }

  private int next() {
    if (position >= end) {
      throw IncompleteException.INSTANCE;
    }
    return data[position++] & 0xFF;
  }

  private void skip(long bytes) {
    if (bytes < 0 || bytes > Integer.MAX_VALUE) {
      throw new MalformedParquetException("its metadata holds a value of " + bytes + " bytes");
    }
    if (bytes > end - position) {
      throw IncompleteException.INSTANCE;
    }
    position += (int) bytes;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      int part = next();
      value |= (long) (part & 0x7F) << shift;
      if (part < 0x80) {
        return value;
      }
    }
    throw new MalformedParquetException("its metadata holds a number that is too long");
  }

  /** Ends a walk at the end of the bytes; carries no stack because it is an ordinary answer. */
  private static final class IncompleteException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final IncompleteException INSTANCE = new IncompleteException();

    private IncompleteException() {
      super("incomplete", null, false, false);
    }
  }
}
