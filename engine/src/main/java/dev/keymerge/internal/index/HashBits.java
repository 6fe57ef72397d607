package dev.keymerge.internal.index;

/**
 * Says once which bits of a key's 64-bit hash serve what.
 *
 * <pre>
 *   63 ........ 56 55 ................... 24 23 ............ 0
 *   partition      slot within its table     salt in the slot
 * </pre>
 *
 * <p>The partition takes as many top bits as there are partitions to tell apart, eight by default.
 * The slot takes as many bits from 24 upwards as the table has slots to tell apart. The salt sits
 * beside the record number in a slot, so that most unequal keys are told apart without touching the
 * record. The Bloom filter stands before the partitions and uses the upper 32 bits for its word and
 * the salt's bits within the word.
 *
 * <p>Stateless.
 */
final class HashBits {
  static final int SALT_BITS = 24;

  private HashBits() {}

  /** Returns the partition among 2 to the power of {@code partitionBits}. */
  static int partition(long hash, int partitionBits) {
    // Two shifts, because one by 64 would be none at all.
    return (int) (hash >>> 1 >>> Long.SIZE - 1 - partitionBits);
  }

  /**
   * Returns the slot at which the search for a hash starts; {@code mask} is the number of slots, a
   * power of two, less one.
   */
  static long slot(long hash, long mask) {
    return hash >>> SALT_BITS & mask;
  }

  /** Returns the salt, in the upper bits of a word that is zero below. */
  static long salt(long hash) {
    return hash << Long.SIZE - SALT_BITS;
  }
}
