package dev.keymerge.internal.key;

import org.apache.arrow.memory.ArrowBuf;

/**
 * Shows values of one column in canonical form, wherever they came from: words, or ranges of bytes.
 *
 * <p>Which rows are null is told elsewhere. All arrays belong to whoever shows them and are valid
 * until it loads other rows.
 */
public interface ValueRows {
  /** Returns the words, 0 for null; only if the type has words. */
  long[] words();

  /** Returns the buffer that byte ranges lie in; borrowed; only if the type has no words. */
  ArrowBuf data();

  /** Returns where each value's bytes start. */
  int[] starts();

  /** Returns how many bytes each value has, 0 for null. */
  int[] lengths();
}
