package dev.keymerge.internal.scan;

import dev.keymerge.MergeException;
import org.apache.arrow.vector.FieldVector;

/** Words the refusals of single values, the same for every kind of source. */
final class Refusals {
  private Refusals() {}

  /**
   * Returns the refusal of a value, {@code index} in {@code vector}, that does not fit the target's
   * type.
   */
  static MergeException misfit(AlignedColumn column, FieldVector vector, int index, String place) {
    return new MergeException.BadData(
        "Column '"
            + column.source().getName()
            + "', "
            + place
            + ": "
            + column.conversion().refusal(vector, index),
        "Correct the value in the source, or give the target's column a type that holds it.");
  }

  /** Returns the refusal of a null in a column that the target requires. */
  static MergeException missing(AlignedColumn column, String place) {
    return new MergeException.BadData(
        "Column '"
            + column.source().getName()
            + "', "
            + place
            + ": the value is null, but the target requires one",
        "Fill the value in the source, or leave the column out of what is updated and inserted.");
  }
}
