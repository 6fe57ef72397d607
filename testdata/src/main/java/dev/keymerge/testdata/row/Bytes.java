package dev.keymerge.testdata.row;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Holds an immutable sequence of bytes with equality and unsigned lexicographic order.
 *
 * <p>Copies what it is given and what it gives away, so nobody shares its array.
 */
public final class Bytes implements Comparable<Bytes> {

  private final byte[] content;

  private Bytes(byte[] content) {
    this.content = content;
  }

  /** Copies an array. */
  public static Bytes of(byte... content) {
    return new Bytes(content.clone());
  }

  /** Copies the remaining bytes of a buffer and leaves its position alone. */
  public static Bytes of(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return new Bytes(copy);
  }

  /** Reads a text of hexadecimal digits, two for each byte. */
  public static Bytes ofHex(String digits) {
    return new Bytes(HexFormat.of().parseHex(digits));
  }

  /** Tells the number of bytes. */
  public int length() {
    return content.length;
  }

  /** Copies the bytes out. */
  public byte[] toArray() {
    return content.clone();
  }

  /** Shows the bytes as a read-only buffer, without copying. */
  public ByteBuffer asBuffer() {
    return ByteBuffer.wrap(content).asReadOnlyBuffer();
  }

  @Override
  public int compareTo(Bytes other) {
    return Arrays.compareUnsigned(content, other.content);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(content);
  }

  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(content);
  }
}
