package dev.keymerge.internal.plan;

import java.util.List;
import org.apache.arrow.vector.FieldVector;

/**
 * Looks keys of the target up among the keys of the source, a batch at a time.
 *
 * <p>Not thread-safe: one probe per thread; many probes of one index may run at once. Each hit is
 * verified by value, and marks the source row as matched in the index.
 */
public interface KeyProbe extends AutoCloseable {
  /**
   * Looks up the keys in rows 0 to {@code rows}; vectors stand in key order and have the target's
   * Arrow types.
   */
  void probe(List<FieldVector> keys, int rows);

  /**
   * Returns the source row whose key equals that of {@code row} in the last batch, or -1 if there
   * is none.
   */
  long sourceRow(int row);

  /** Returns whether the source row found for {@code row} carries the delete marker. */
  boolean deleteMarked(int row);

  /** Returns the first row of the last batch whose key has a null, or -1 if there is none. */
  int firstNullKey();

  @Override
  void close();
}
