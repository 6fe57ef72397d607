package dev.keymerge.internal.job;

import dev.keymerge.MatchedAction;
import dev.keymerge.MergeRequest;
import dev.keymerge.NotMatchedAction;
import dev.keymerge.NotMatchedBySourceAction;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryShare;
import dev.keymerge.internal.memory.PhaseNeeds;
import dev.keymerge.internal.parquet.ChunkMemory;
import dev.keymerge.internal.target.Snapshot;
import dev.keymerge.internal.target.TargetFile;

/**
 * Knows the least memory that each phase of a merge can do with on one thread, from its request and
 * the snapshot of its target.
 *
 * <p>Footers do not tell how large pages are, so a page is taken for as large as writers usually
 * make them, and never for larger than the file; larger ones are read in slices. Nothing tells how
 * large single values are: one that has to be in memory and does not fit is refused when it is met.
 *
 * @param request what is asked for
 * @param snapshot the target
 * @param factBytes what is held of the heap for the facts about the target's files
 */
record MergeNeeds(MergeRequest request, Snapshot snapshot, long factBytes) {
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

  /** Values of new rows while they are encoded, and their page. */
  private static final int PAGES_OF_NEW_ROWS = 2;

  /** Two lists of row numbers, one half as long as the other, while the list grows. */
  private static final long NUMBER_BYTES = Long.BYTES + Long.BYTES / 2;

  /** About what values of new rows take that are so few that they do not fill a page. */
  private static final long VALUE_BYTES = 64;

  /**
   * What the promised limit of 256 MB leaves of the heap. From there on a merge is not refused
   * because of rows that may turn out to have nothing to be encoded.
   */
  private static final long PROMISED_HEAP_BYTES = 44L << 20;

  /** Returns what the merge needs whatever turns out. */
  PhaseNeeds least() {
    PhaseNeeds needs = lasting();
    needs.addPhase("merging one file", PAGES_OF_A_REWRITE * pageBytes(), 2 * LEAST_BATCH_BYTES);
    needs.wantBesideOthers(HEAP_BESIDE_OTHERS, NATIVE_BESIDE_OTHERS);
    return needs;
  }

  /**
   * Refuses a merge below the promised limit that could not encode what it may have to.
   *
   * <p>What a page takes is estimated at its worst, so that what is not refused comes to its end.
   * Where one limit covers both kinds of memory, less may do: one kind makes room for the other.
   *
   * @param sourceRows how many rows the source has, as far as that is known
   * @param readingBytes about what reading a column of the source takes, as far as that is known
   * @throws dev.keymerge.MergeException.LimitExceeded with the sum
   */
  void requireEncoders(MemoryShare share, long sourceRows, long readingBytes) {
    if (!share.oneLimit() && share.limitBytes(MemoryKind.HEAP) < PROMISED_HEAP_BYTES) {
      share.requireWithinLimits(withEncoders(sourceRows, readingBytes));
    }
  }

  private PhaseNeeds withEncoders(long sourceRows, long readingBytes) {
    PhaseNeeds needs = lasting();
    if (mayRewrite()) {
      long rewriteBytes = 0;
      for (TargetFile file : snapshot.files()) {
        rewriteBytes = Math.max(rewriteBytes, file.rewriteBytes());
      }
      needs.addPhase(
          "rewriting a column of one file with a dictionary",
          PAGES_OF_A_REWRITE * pageBytes() + readingBytes + rewriteBytes,
          2 * LEAST_BATCH_BYTES);
    }
    if (request.notMatched() == NotMatchedAction.INSERT) {
      long rows = Math.min(sourceRows, Math.min(request.rowGroupRows(), request.maxFileRows()));
      needs.addPhase(
          "writing a column of new rows with a dictionary",
          rows * NUMBER_BYTES
              + PAGES_OF_NEW_ROWS * Math.min(USUAL_PAGE_BYTES, rows * VALUE_BYTES)
              + readingBytes
              + ChunkMemory.dictionary(rows),
          2 * LEAST_BATCH_BYTES);
    }
    return needs;
  }

  private boolean mayRewrite() {
    return request.matched() == MatchedAction.UPDATE
        || request.matched() == MatchedAction.DELETE
        || request.notMatchedBySource() == NotMatchedBySourceAction.DELETE;
  }

  private PhaseNeeds lasting() {
    PhaseNeeds needs = new PhaseNeeds();
    needs.addLasting("facts about the target's files", factBytes, 0);
    needs.addPhase("reading the source", LEAST_BATCH_BYTES, LEAST_BATCH_BYTES);
    return needs;
  }

  private long pageBytes() {
    long largestFile = 0;
    for (TargetFile file : snapshot.files()) {
      largestFile = Math.max(largestFile, file.status().bytes());
    }
    return Math.min(largestFile, USUAL_PAGE_BYTES);
  }
}
