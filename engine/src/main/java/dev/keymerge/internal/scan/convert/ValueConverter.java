package dev.keymerge.internal.scan.convert;

import org.apache.arrow.vector.FieldVector;

/**
 * Converts the values of one column from one Arrow type to another, a batch at a time.
 *
 * <p>Instances hold scratch space: one thread each. They own no vector.
 */
public interface ValueConverter {
  /** Stands for a batch whose values all fit. */
  int ALL_FIT = -1;

  /**
   * Fills {@code target} from its start with the values of rows {@code from} to {@code from +
   * count} of {@code source}; nulls stay null.
   *
   * <p>Makes room in the target where it lacks, dropping what it held, and sets its value count.
   *
   * @return the first row of {@code source} whose value does not fit, the target then being in no
   *     particular state, or {@link #ALL_FIT}
   */
  int convert(FieldVector source, int from, int count, FieldVector target);
}
