package dev.keymerge.internal.index;

import dev.keymerge.NullKeyPolicy;
import dev.keymerge.internal.key.BlockedBloomFilter;
import dev.keymerge.internal.key.KeyBatch;
import dev.keymerge.internal.key.KeyHash;
import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.key.KeyShape;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.plan.KeyProbe;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.jspecify.annotations.Nullable;

/**
 * Looks batches of keys up in the tables of an index: hash all, filter all, fetch the first slot of
 * all that are left, then resolve.
 *
 * <p>Fetching slots for a whole batch before looking at any lets their cache misses overlap. Not
 * thread-safe.
 */
final class IndexProbe implements KeyProbe {
  private static final long ABSENT = -1;

  /** Where more than this part of a batch passes the filter, the filter only costs time. */
  private static final double USELESS_PASS_RATE = 0.5;

  private static final int BATCHES_WITHOUT_FILTER = 15;

  /** As many rows as a core's own caches hold the slots and records of. */
  private static final int FETCHED_AT_ONCE = 512;

  private final @Nullable KeyTable[] tables;
  private final boolean[] elsewhere;
  private final boolean whole;
  private final boolean partial;
  private final int partitionBits;
  private final @Nullable KeyRanges ranges;
  private final KeyHash hash;
  private final boolean nullsMatch;
  private final SourceWinners winners;
  private final @Nullable BlockedBloomFilter bloom;
  private final @Nullable SetAside aside;
  private final MemoryReservation reservation;
  private final KeyBatch keys;
  private final boolean touchesBytes;

  private long[] hashes = new long[0];
  private long[] entries = new long[0];
  private long[] fetched = new long[0];
  private long[] states = new long[0];
  private int[] candidates = new int[0];
  private int[] rowRanges = new int[0];
  private int firstNullKey = -1;
  private int batchesToSkipFilter;

  /** Keeps what was read only to bring it near, so that the reads are not optimised away. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  /**
   * Creates a probe.
   *
   * @param tables per partition its table, or null if it is not in memory
   * @param bloom tells keys that the source certainly lacks; borrowed
   * @param aside takes keys of some partitions that are not in memory, or null; owned. Keys of the
   *     others are left to another probe.
   */
  IndexProbe(
      KeyIndex.Parts parts,
      @Nullable KeyTable[] tables,
      @Nullable BlockedBloomFilter bloom,
      @Nullable SetAside aside) {
    this.tables = tables;
    this.bloom = bloom;
    this.aside = aside;
    elsewhere = new boolean[tables.length];
    boolean allThere = true;
    boolean someElsewhere = false;
    for (int partition = 0; partition < tables.length; partition++) {
      boolean there = tables[partition] != null;
      elsewhere[partition] = !there && (aside == null || !aside.takes(partition));
      allThere &= there;
      someElsewhere |= elsewhere[partition];
    }
    whole = allThere;
    partial = someElsewhere;
    partitionBits = parts.config().partitionBits();
    ranges = parts.config().ranges();
    hash = parts.config().hash();
    nullsMatch = parts.config().nullKeys() == NullKeyPolicy.MATCH;
    winners = parts.winners();
    touchesBytes = parts.type().shape() == KeyShape.BYTES;
    reservation = parts.budget().open("key probe");
    keys = new KeyBatch(parts.type(), parts.allocator(), parts.budget().open("key probe"));
  }

  @Override
  public void probe(List<FieldVector> vectors, int rows, long firstPosition) {
    ensureCapacity(rows);
    keys.load(vectors, rows);
    findFirstNull(rows);
    keys.hash(hash, hashes);
    if (ranges != null) {
      ranges.assign(keys, rowRanges);
    }
    Arrays.fill(states, 0, rows, ABSENT);
    int count = selectCandidates(rows);
    if (!whole) {
      count = leaveOut(rows, count, firstPosition);
    }
    for (int from = 0; from < count; from += FETCHED_AT_ONCE) {
      int to = Math.min(count, from + FETCHED_AT_ONCE);
      fetchEntries(from, to);
      int kept = fetchRecords(from, to);
      for (int index = from; index < kept; index++) {
        resolve(index);
      }
    }
  }

  /** Drops candidates whose partition is not in memory, and sets aside those that are wanted. */
  private int leaveOut(int rows, int count, long firstPosition) {
    for (int row = 0; partial && row < rows; row++) {
      // Also of keys that are certainly absent only one probe tells.
      if (elsewhere[partition(row)]) {
        states[row] = LATER;
      }
    }
    int[] nulls = keys.nulls();
    int left = 0;
    for (int index = 0; index < count; index++) {
      int row = candidates[index];
      int partition = partition(row);
      if (tables[partition] != null) {
        candidates[left++] = row;
      } else if (aside != null && !elsewhere[partition]) {
        long state = RowState.of(firstPosition + row, nulls[row], false, false);
        aside.add(partition, state, keys, row);
        states[row] = LATER;
      }
    }
    return left;
  }

  private void fetchEntries(int from, int to) {
    for (int index = from; index < to; index++) {
      long keyHash = hashes[candidates[index]];
      entries[index] = table(candidates[index]).firstEntry(keyHash);
    }
  }

  /**
   * Replaces entries by records, drops candidates that have none, and returns where the others end.
   */
  private int fetchRecords(int from, int to) {
    int kept = from;
    for (int index = from; index < to; index++) {
      int row = candidates[index];
      long keyHash = hashes[row];
      long record = table(row).candidate(entries[index], keyHash);
      entries[kept] = record;
      candidates[kept] = row;
      kept += record >= 0 ? 1 : 0;
    }
    for (int index = from; index < kept; index++) {
      fetched[index] = table(candidates[index]).state(entries[index]);
    }
    for (int index = from; touchesBytes && index < kept; index++) {
      touched += table(candidates[index]).touchBytes(entries[index]);
    }
    return kept;
  }

  @SuppressWarnings("NullAway") // Candidates whose partition is not in memory have been left out.
  private KeyTable table(int row) {
    return tables[partition(row)];
  }

  private int partition(int row) {
    return ranges == null ? HashBits.partition(hashes[row], partitionBits) : rowRanges[row];
  }

  private void ensureCapacity(int rows) {
    if (rows <= hashes.length) {
      return;
    }
    long perRow = 4L * Long.BYTES + Integer.BYTES * (ranges == null ? 1L : 2L);
    reservation.grow(perRow * (rows - hashes.length));
    hashes = new long[rows];
    entries = new long[rows];
    fetched = new long[rows];
    states = new long[rows];
    candidates = new int[rows];
    rowRanges = new int[ranges == null ? 0 : rows];
  }

  private void findFirstNull(int rows) {
    int[] nulls = keys.nulls();
    firstNullKey = -1;
    for (int row = 0; row < rows; row++) {
      if (nulls[row] != 0) {
        firstNullKey = row;
        return;
      }
    }
  }

  private int selectCandidates(int rows) {
    int count;
    if (bloom == null || batchesToSkipFilter > 0) {
      batchesToSkipFilter = Math.max(0, batchesToSkipFilter - 1);
      for (int row = 0; row < rows; row++) {
        candidates[row] = row;
      }
      count = rows;
    } else {
      count = bloom.select(hashes, rows, candidates);
      // What passes to the disk costs more than looking at the filter ever does.
      if (aside == null && count > rows * USELESS_PASS_RATE) {
        batchesToSkipFilter = BATCHES_WITHOUT_FILTER;
      }
    }
    return nullsMatch || firstNullKey < 0 ? count : dropNullKeys(count);
  }

  private int dropNullKeys(int count) {
    int[] nulls = keys.nulls();
    int left = 0;
    for (int index = 0; index < count; index++) {
      int row = candidates[index];
      candidates[left] = row;
      left += nulls[row] == 0 ? 1 : 0;
    }
    return left;
  }

  private void resolve(int index) {
    int row = candidates[index];
    long keyHash = hashes[row];
    KeyTable table = table(row);
    long state = fetched[index];
    if (!table.holds(entries[index], keys, row, keyHash)) {
      // Another key with the same salt stands before it: rare, so looked up anew.
      long record = table.find(keys, row, keyHash);
      if (record < 0) {
        return;
      }
      state = table.state(record);
    }
    states[row] = state;
    winners.matched(RowState.ordinal(state), RowState.isMarked(state));
  }

  @Override
  public long sourceRow(int row) {
    long state = states[row];
    return state < 0 ? state : RowState.ordinal(state);
  }

  @Override
  public boolean deleteMarked(int row) {
    long state = states[row];
    return state >= 0 && RowState.isMarked(state);
  }

  @Override
  public int firstNullKey() {
    return firstNullKey;
  }

  @Override
  public void finish() {
    if (aside != null) {
      aside.finish();
    }
  }

  @Override
  public void close() {
    if (aside != null) {
      aside.close();
    }
    keys.close();
    reservation.close();
  }
}
