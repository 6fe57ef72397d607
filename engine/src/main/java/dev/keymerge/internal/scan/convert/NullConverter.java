package dev.keymerge.internal.scan.convert;

import org.apache.arrow.vector.FieldVector;

/** Makes nulls of any type out of a column that has no type. */
final class NullConverter implements ValueConverter {
  @Override
  public int convert(FieldVector source, int from, int count, FieldVector target) {
    target.reset();
    target.setValueCount(count);
    return ALL_FIT;
  }
}
