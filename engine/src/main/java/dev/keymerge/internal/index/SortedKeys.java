package dev.keymerge.internal.index;

import dev.keymerge.MergeException;

/**
 * Takes rows of a few keys at a time from rows sorted by key, so that settling them works as in
 * memory, however many keys share a hash. Stateless.
 */
final class SortedKeys {
  /** So few that finding one of them is fast even if all their hashes are equal. */
  private static final int AT_ONCE = 128;

  private SortedKeys() {}

  /**
   * Adds all rows of the next keys to {@code into}, beginning with the current row, and returns
   * whether there is a current row afterwards: the first of another key.
   */
  static boolean take(MergedRows sorted, ResidentPartition into) {
    do {
      SpilledRows rows = sorted.rows();
      try {
        into.add(rows.shown(), sorted.row(), rows.hashes()[sorted.row()]);
      } catch (MergeException.LimitExceeded refused) {
        if (into.keys() == 0 || holds(sorted, into)) {
          throw refused;
        }
        return true;
      }
      if (!sorted.next()) {
        return false;
      }
    } while (into.keys() < AT_ONCE || holds(sorted, into));
    return true;
  }

  private static boolean holds(MergedRows sorted, ResidentPartition into) {
    SpilledRows rows = sorted.rows();
    return into.table().find(rows, sorted.row(), rows.hashes()[sorted.row()]) >= 0;
  }
}
