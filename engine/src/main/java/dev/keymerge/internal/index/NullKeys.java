package dev.keymerge.internal.index;

import dev.keymerge.MergeException;
import java.util.StringJoiner;

/**
 * Counts the source rows whose key has a null and remembers the first few for the message. Not
 * thread-safe.
 */
final class NullKeys {
  private static final int MOST_EXAMPLES = 10;

  private final StringJoiner examples = new StringJoiner(", ");
  private long count;

  void add(long ordinal) {
    if (count++ < MOST_EXAMPLES) {
      examples.add(Long.toString(ordinal + 1));
    }
  }

  long count() {
    return count;
  }

  /** Returns the failure that a merge ends with if it does not allow such rows. */
  MergeException.BadData failure(String columns) {
    return new MergeException.BadData(
        count
            + (count == 1 ? " source row has" : " source rows have")
            + " a null in the key ("
            + columns
            + "); counting from row 1: "
            + (count == 1 ? "row " : "rows ")
            + examples
            + (count > MOST_EXAMPLES ? " and more" : ""),
        "Remove these rows, or say what a null key means (--null-keys match or never).");
  }
}
