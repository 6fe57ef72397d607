package dev.keymerge.internal.index;

/** Tells which rows of a batch carry the delete marker. */
@FunctionalInterface
public interface RowMarks {
  /** Marks no row. */
  RowMarks NONE = row -> false;

  /** Returns whether {@code row} of the batch at hand deletes its match instead of updating it. */
  boolean marked(int row);
}
