package dev.keymerge.internal.scan.convert;

import dev.keymerge.MergeException;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;

/**
 * Converts text to text and bytes to bytes between all layouts: with short and long offsets, views,
 * and of one fixed length.
 */
final class BytesConverter implements ValueConverter {
  @Override
  public int convert(FieldVector source, int from, int count, FieldVector target) {
    if (target instanceof BaseVariableWidthVector variable) {
      copyVariable(source, from, count, variable);
      return ALL_FIT;
    }
    return copyFixed(source, from, count, (BaseFixedWidthVector) target);
  }

  private static void copyVariable(
      FieldVector source, int from, int count, BaseVariableWidthVector target) {
    ByteSource values = new ByteSource(source);
    long bytes = 0;
    for (int i = from; i < from + count; i++) {
      if (Validity.holdsValue(source, i)) {
        bytes += values.length(i);
      }
    }
    if (bytes > Integer.MAX_VALUE) {
      throw new MergeException.LimitExceeded(
          "Column " + source.getName() + " has batches of more than 2 GB of values",
          "Hand the source over in smaller batches or row groups.");
    }
    if (target.getValueCapacity() < count || target.getDataBuffer().capacity() < bytes) {
      target.clear();
      target.allocateNew(bytes, count);
    }
    Validity.copy(source, from, count, target);
    ArrowBuf offsets = target.getOffsetBuffer();
    ArrowBuf data = target.getDataBuffer();
    int end = 0;
    offsets.setInt(0, 0);
    for (int i = 0; i < count; i++) {
      if (Validity.holdsValue(source, from + i)) {
        end += values.copy(from + i, data, end);
      }
      offsets.setInt(4L * (i + 1), end);
    }
    target.setLastSet(count - 1);
    target.setValueCount(count);
  }

  private static int copyFixed(
      FieldVector source, int from, int count, BaseFixedWidthVector target) {
    ByteSource values = new ByteSource(source);
    int width = target.getTypeWidth();
    Validity.makeRoom(target, count);
    Validity.copy(source, from, count, target);
    for (int i = 0; i < count; i++) {
      if (Validity.holdsValue(source, from + i)) {
        if (values.length(from + i) != width) {
          return from + i;
        }
        values.copy(from + i, target.getDataBuffer(), (long) i * width);
      }
    }
    target.setValueCount(count);
    return ALL_FIT;
  }
}
