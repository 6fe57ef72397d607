package dev.keymerge.internal.job;

import dev.keymerge.internal.index.KeyIndexConfig;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.SeededKeyHash;

/**
 * Sets what changes how a merge works but never what comes out of it.
 *
 * @param threads how many files are worked on at once
 * @param batchRows rows of target keys that are looked up at once
 * @param indexPartitionBits logarithm of the number of hash partitions of the key index
 * @param pruning whether statistics may spare files and row groups
 * @param values how updated rows come to their values
 * @param hash the hash function of the key index
 * @param indexBytes the most bytes of memory for tables of keys, or {@link #AUTOMATIC}
 * @param overflow what is done about keys for which there is no memory
 * @param matchBytes the most bytes of memory for matches of target rows, or {@link #AUTOMATIC}
 */
public record Tuning(
    int threads,
    int batchRows,
    int indexPartitionBits,
    Pruning pruning,
    Values values,
    KeyHash hash,
    long indexBytes,
    Overflow overflow,
    long matchBytes) {
  /** Lets the memory limit say how much something may take. */
  public static final long AUTOMATIC = 0;

  private static final int BATCH_ROWS = 8192;

  /** Says whether statistics may spare files and row groups. */
  public enum Pruning {
    /** Spares what statistics prove to hold no match. */
    ON,
    /** Reads every key of the target. */
    OFF
  }

  /** Says how updated rows come to their values. */
  public enum Values {
    /** Chooses by cost. */
    AUTO,
    /** Fetches them from where the source has them. */
    DIRECT,
    /** Brings them into the target's order first. */
    SCATTERED
  }

  /** Says what is done about keys for which there is no memory. */
  public enum Overflow {
    /** Chooses by cost. */
    AUTO,
    /** Sets target keys aside and joins partition by partition. */
    PARTITIONS,
    /** Reads the target's keys once for every part of the source's that fits. */
    PASSES,
    /** Goes through both in key order where statistics tell of one. */
    SORTED
  }

  /** Creates settings under which the memory limit says how large tables of keys may become. */
  public Tuning(
      int threads,
      int batchRows,
      int indexPartitionBits,
      Pruning pruning,
      Values values,
      KeyHash hash) {
    this(
        threads,
        batchRows,
        indexPartitionBits,
        pruning,
        values,
        hash,
        AUTOMATIC,
        Overflow.AUTO,
        AUTOMATIC);
  }

  /** Returns the same settings with another way in which updated rows come to their values. */
  public Tuning withValues(Values way) {
    return new Tuning(
        threads,
        batchRows,
        indexPartitionBits,
        pruning,
        way,
        hash,
        indexBytes,
        overflow,
        matchBytes);
  }

  /** Returns the same settings with another bound for tables of keys. */
  public Tuning withIndexBytes(long bytes) {
    return new Tuning(
        threads, batchRows, indexPartitionBits, pruning, values, hash, bytes, overflow, matchBytes);
  }

  /** Returns the same settings with another way to treat keys for which there is no memory. */
  public Tuning withOverflow(Overflow way) {
    return new Tuning(
        threads, batchRows, indexPartitionBits, pruning, values, hash, indexBytes, way, matchBytes);
  }

  /** Returns the same settings with another bound for matches of target rows. */
  public Tuning withMatchBytes(long bytes) {
    return new Tuning(
        threads, batchRows, indexPartitionBits, pruning, values, hash, indexBytes, overflow, bytes);
  }

  /**
   * Returns the usual settings for {@code threads} threads, with a hash that no other engine
   * shares.
   */
  public static Tuning of(int threads) {
    return new Tuning(
        threads,
        BATCH_ROWS,
        KeyIndexConfig.DEFAULT_PARTITION_BITS,
        Pruning.ON,
        Values.AUTO,
        SeededKeyHash.random());
  }
}
