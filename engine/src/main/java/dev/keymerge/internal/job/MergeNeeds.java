package dev.keymerge.internal.job;

import dev.keymerge.internal.memory.PhaseNeeds;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;

/**
 * Knows the least memory that each phase of a merge can do with on one thread, from the snapshot of
 * its target.
 *
 * <p>Footers do not tell how large pages are, so a page is taken for as large as writers usually
 * make them, and never for larger than the file. A larger one is refused when it is met.
 */
final class MergeNeeds {
  private static final long USUAL_PAGE_BYTES = 1 << 20;
  private static final long LEAST_BATCH_BYTES = 64 << 10;

  /**
   * Pages may be larger than usual, and dictionaries are: with so much, merges beside each other
   * hardly ever fail where each would not fail alone.
   */
  private static final long HEAP_BESIDE_OTHERS = 20 << 20;

  private static final long NATIVE_BESIDE_OTHERS = 16 << 20;

  /** A page as it is stored, its values, and what they are encoded to. */
  private static final int PAGES_OF_A_REWRITE = 3;

  private MergeNeeds() {}

  /**
   * Returns what a merge needs.
   *
   * @param factBytes what is held of the heap for the facts about the target's files
   */
  static PhaseNeeds of(Snapshot snapshot, long factBytes) {
    long largestFile = 0;
    for (TargetFile file : snapshot.files()) {
      largestFile = Math.max(largestFile, file.status().bytes());
    }
    long page = Math.min(largestFile, USUAL_PAGE_BYTES);
    PhaseNeeds needs = new PhaseNeeds();
    needs.addLasting("facts about the target's files", factBytes, 0);
    needs.addPhase("reading the source", LEAST_BATCH_BYTES, LEAST_BATCH_BYTES);
    needs.addPhase("merging one file", PAGES_OF_A_REWRITE * page, 2 * LEAST_BATCH_BYTES);
    needs.wantBesideOthers(HEAP_BESIDE_OTHERS, NATIVE_BESIDE_OTHERS);
    return needs;
  }
}
