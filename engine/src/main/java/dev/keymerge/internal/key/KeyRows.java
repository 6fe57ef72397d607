package dev.keymerge.internal.key;

import org.apache.arrow.memory.ArrowBuf;

/**
 * Shows rows of keys in canonical form, wherever they came from.
 *
 * <p>Two keys of the same type are equal exactly if their null numbers and, as their shape says,
 * their first word, both words, or bytes are. All arrays belong to whoever shows them and are valid
 * until it loads other rows.
 */
public interface KeyRows {
  /** Returns the first word of each key; not for byte keys. */
  long[] first();

  /** Returns the second word of each key; only for packed keys. */
  long[] second();

  /** Returns per key a number that is 0 if nothing is null, and that equal keys share. */
  int[] nulls();

  /** Returns the buffer in which byte keys lie; borrowed. */
  ArrowBuf data();

  /** Returns where each byte key starts. */
  int[] starts();

  /** Returns how long each byte key is. */
  int[] lengths();
}
