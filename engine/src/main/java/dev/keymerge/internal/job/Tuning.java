package dev.keymerge.internal.job;

/**
 * Sets what changes how a merge works but never what comes out of it.
 *
 * @param threads how many files are worked on at once
 * @param batchRows rows of target keys that are looked up at once
 * @param indexPartitions hash partitions of the key index, a power of two
 * @param pruning whether statistics may spare files and row groups
 */
public record Tuning(int threads, int batchRows, int indexPartitions, Pruning pruning) {
  private static final int BATCH_ROWS = 8192;
  private static final int INDEX_PARTITIONS = 64;

  /** Says whether statistics may spare files and row groups. */
  public enum Pruning {
    /** Spares what statistics prove to hold no match. */
    ON,
    /** Reads every key of the target. */
    OFF
  }

  /** Returns the usual settings for {@code threads} threads. */
  public static Tuning of(int threads) {
    return new Tuning(threads, BATCH_ROWS, INDEX_PARTITIONS, Pruning.ON);
  }
}
