package dev.keymerge.internal.inspect;

import dev.keymerge.DatasetInfo.Coverage;

/** Counts how many of some chunks have something. Not thread-safe. */
final class CoverageCount {
  private long with;
  private long without;

  /** Counts one chunk. */
  void add(boolean has) {
    if (has) {
      with++;
    } else {
      without++;
    }
  }

  /** Returns whether all, some or none of the chunks have it; none of no chunks. */
  Coverage coverage() {
    if (with == 0) {
      return Coverage.NONE;
    }
    return without == 0 ? Coverage.ALL : Coverage.SOME;
  }
}
