package dev.keymerge.internal.rewrite.values;

import java.io.IOException;
import org.apache.arrow.vector.FieldVector;

/**
 * Gives the source values of one column for matches of one row group, forward, a piece at a time.
 *
 * <p>Not thread-safe. Owns its vector.
 */
public interface SourceValues extends AutoCloseable {
  /**
   * Loads the values of entries {@code from} and following of {@code block}, which are not before
   * those loaded last.
   *
   * @return the end of the piece: the first entry that is not loaded; entries without a source row
   *     take a place but no value
   * @throws dev.keymerge.MergeException.LimitExceeded if there is not even memory for one value
   */
  int load(MatchBlock block, int from) throws IOException;

  /**
   * Returns the loaded values, in no order that means anything: find an entry's value by {@link
   * #slot}.
   */
  FieldVector vector();

  /** Returns where in {@link #vector} the value of {@code entry} of the loaded piece stands. */
  int slot(int entry);

  @Override
  void close();
}
