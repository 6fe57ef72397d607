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
   * Stands for a row whose key cannot be looked up in memory: it was set aside with its position,
   * and joining tells a {@link MatchSink} what became of it.
   */
  long LATER = -2;

  /**
   * Looks up the keys in rows 0 to {@code rows}; vectors stand in key order and have the target's
   * Arrow types.
   *
   * @param firstPosition position of row 0, see {@link MatchSink}
   */
  void probe(List<FieldVector> keys, int rows, long firstPosition);

  /** Looks up keys that stand nowhere in particular, in an index that is all in memory. */
  default void probe(List<FieldVector> keys, int rows) {
    probe(keys, rows, 0);
  }

  /**
   * Returns the source row whose key equals that of {@code row} in the last batch, -1 if there is
   * none, or {@link #LATER}.
   */
  long sourceRow(int row);

  /** Returns whether the source row found for {@code row} carries the delete marker. */
  boolean deleteMarked(int row);

  /** Returns the first row of the last batch whose key has a null, or -1 if there is none. */
  int firstNullKey();

  /** Hands over what was set aside; nothing may be looked up any more. */
  void finish();

  @Override
  void close();
}
