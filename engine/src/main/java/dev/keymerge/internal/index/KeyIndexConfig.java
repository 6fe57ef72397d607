package dev.keymerge.internal.index;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.key.SeededKeyHash;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Says what an index is built of.
 *
 * @param keys the key columns in key order, with the target's Arrow types
 * @param order the column whose greatest value wins among rows with one key, or null
 * @param duplicates which row wins where order does not decide
 * @param nullKeys what a null in a key means
 * @param partitionBits logarithm of the number of hash partitions, 0 to 12
 * @param hash the hash function
 * @param ranges what divides keys into partitions instead of their hashes, or null
 */
public record KeyIndexConfig(
    List<Field> keys,
    @Nullable Field order,
    DuplicatePolicy duplicates,
    NullKeyPolicy nullKeys,
    int partitionBits,
    KeyHash hash,
    @Nullable KeyRanges ranges) {
  /**
   * Makes 256 partitions: enough that one of them is a small part of memory, few enough that their
   * fixed parts are small.
   */
  public static final int DEFAULT_PARTITION_BITS = 8;

  private static final int MOST_PARTITION_BITS = 12;

  /** Checks the number of partitions and copies the list. */
  public KeyIndexConfig {
    keys = List.copyOf(keys);
    if (partitionBits < 0 || partitionBits > MOST_PARTITION_BITS) {
      throw new IllegalArgumentException("Partition bits must be 0 to 12, not " + partitionBits);
    }
  }

  /** Creates a configuration under which hashes divide keys into partitions. */
  public KeyIndexConfig(
      List<Field> keys,
      @Nullable Field order,
      DuplicatePolicy duplicates,
      NullKeyPolicy nullKeys,
      int partitionBits,
      KeyHash hash) {
    this(keys, order, duplicates, nullKeys, partitionBits, hash, null);
  }

  /** Returns into how many partitions keys are divided. */
  int partitions() {
    return ranges == null ? 1 << partitionBits : ranges.count();
  }

  /**
   * Creates the configuration of a merge: the usual number of partitions, and a hash that no other
   * run shares.
   */
  public static KeyIndexConfig of(
      List<Field> keys, @Nullable Field order, DuplicatePolicy duplicates, NullKeyPolicy nullKeys) {
    return new KeyIndexConfig(
        keys, order, duplicates, nullKeys, DEFAULT_PARTITION_BITS, SeededKeyHash.random());
  }
}
