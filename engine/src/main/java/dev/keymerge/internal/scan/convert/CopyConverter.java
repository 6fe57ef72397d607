package dev.keymerge.internal.scan.convert;

import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;

/** Copies values of fixed width whose type is the target's already. */
final class CopyConverter implements ValueConverter {
  @Override
  public int convert(FieldVector source, int from, int count, FieldVector target) {
    BaseFixedWidthVector fixed = (BaseFixedWidthVector) target;
    Validity.makeRoom(fixed, count);
    Validity.copy(source, from, count, target);
    if (source instanceof BitVector) {
      Validity.copyBits(source.getDataBuffer(), from, count, target.getDataBuffer());
    } else {
      long width = fixed.getTypeWidth();
      target.getDataBuffer().setBytes(0, source.getDataBuffer(), from * width, count * width);
    }
    target.setValueCount(count);
    return ALL_FIT;
  }
}
