package dev.keymerge.internal.scan.convert;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;

/** Moves the bits that tell nulls from values. */
final class Validity {
  private Validity() {}

  /** Makes room for {@code count} values in {@code target}, dropping what it held. */
  static void makeRoom(BaseFixedWidthVector target, int count) {
    if (target.getValueCapacity() < count) {
      target.clear();
      target.allocateNew(count);
    }
  }

  /**
   * Copies {@code count} bits, from bit {@code from} of {@code source} on, to the start of {@code
   * target}.
   */
  static void copyBits(ArrowBuf source, int from, int count, ArrowBuf target) {
    int bytes = (count + 7) >>> 3;
    int start = from >>> 3;
    int shift = from & 7;
    if (shift == 0) {
      target.setBytes(0, source, start, bytes);
      return;
    }
    int last = (from + count - 1) >>> 3;
    for (int i = 0; i < bytes; i++) {
      int bits = (source.getByte(start + i) & 0xFF) >>> shift;
      if (start + i < last) {
        bits |= source.getByte(start + i + 1) << (8 - shift);
      }
      target.setByte(i, bits);
    }
  }

  /**
   * Copies the first {@code count} bits of {@code source} to bit {@code to} of {@code target} and
   * on.
   */
  static void appendBits(ArrowBuf source, int count, ArrowBuf target, int to) {
    if ((to & 7) == 0) {
      target.setBytes(to >>> 3, source, 0, (count + 7) >>> 3);
      return;
    }
    for (int i = 0; i < count; i++) {
      if (BitVectorHelper.get(source, i) == 0) {
        BitVectorHelper.unsetBit(target, to + i);
      } else {
        BitVectorHelper.setBit(target, to + i);
      }
    }
  }

  /** Copies which rows hold values. */
  static void copy(FieldVector source, int from, int count, FieldVector target) {
    copyBits(source.getValidityBuffer(), from, count, target.getValidityBuffer());
  }

  /** Returns whether {@code row} holds a value. */
  static boolean holdsValue(FieldVector vector, int row) {
    return BitVectorHelper.get(vector.getValidityBuffer(), row) == 1;
  }
}
