package dev.keymerge.internal.locate;

import dev.keymerge.NotMatchedBySourceAction;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.spill.SpillReader;
import dev.keymerge.internal.spill.SpillStore;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * Brings matches that come in any order into the order of the target, on disk: first by stretches
 * of rows, then each stretch by itself in memory, where every row has its place.
 *
 * <p>Writers may be used by one thread each; all else is for one thread. Owns what is spilled until
 * it is sorted.
 */
public final class MatchBuckets implements AutoCloseable {
  private static final int MOST_BUCKETS = 256;

  /** A stretch this short is put in order in memory; it takes eight bytes a row. */
  private static final int DENSE_ROWS = 1 << 19;

  private static final int BLOCK_BYTES = 8 << 10;
  private static final int RECORD_BYTES = Integer.BYTES + Long.BYTES;
  private static final long NONE = Long.MIN_VALUE;

  private final TargetRows rows;
  private final LocateRules rules;
  private final SpillStore store;
  private final BufferAllocator allocator;
  private final MemoryBudget budget;
  private final Division whole;
  private @Nullable Refused refused;

  /**
   * Creates empty buckets.
   *
   * @param rows where the target's rows stand
   * @param rules what becomes of matches
   * @param store where matches wait; borrowed
   * @param allocator lends what a stretch is sorted in; borrowed
   * @param budget charged with what is known of row groups
   */
  public MatchBuckets(
      TargetRows rows,
      LocateRules rules,
      SpillStore store,
      BufferAllocator allocator,
      MemoryBudget budget) {
    this.rows = rows;
    this.rules = rules;
    this.store = store;
    this.allocator = allocator;
    this.budget = budget;
    this.whole = new Division(0, rows.rows());
  }

  /**
   * Names a target row whose match the rules do not allow.
   *
   * @param position where it stands
   * @param sourceRow which source row it matches
   */
  public record Refused(long position, long sourceRow) {}

  /**
   * Refuses a target of which every row will be noted here, because it is changed or deleted, if
   * there is no room for that.
   *
   * @throws dev.keymerge.MergeException.LimitExceeded if limit or disk of the store cannot hold it
   */
  public void requireRoom() {
    boolean foundAreNoted =
        switch (rules.matched()) {
          case UPDATE, DELETE -> true;
          case KEEP, FAIL -> false;
        };
    if (foundAreNoted && rules.notMatchedBySource() == NotMatchedBySourceAction.DELETE) {
      store.expect(rows.rows() * RECORD_BYTES);
    }
  }

  /** Returns what takes the matches that one thread finds; the caller closes it. */
  public MatchWriter writer() {
    return new MatchWriter(this, rules);
  }

  /** Returns the first target row whose match the rules do not allow, or null. */
  public synchronized @Nullable Refused refused() {
    return refused;
  }

  synchronized void refuse(long position, long sourceRow) {
    Refused known = refused;
    if (known == null || position < known.position()) {
      refused = new Refused(position, sourceRow);
    }
  }

  /** Returns a writer for each bucket of the whole target. */
  Scatter scatter() {
    return new Scatter(whole);
  }

  /** Returns all matches in the order of the target, which the caller closes. */
  public SortedMatches sort() {
    store.expectAnew(whole.streams());
    try (SortedMatches.Builder sorted = new SortedMatches.Builder(rows, store, budget)) {
      sort(whole, sorted);
      return sorted.finish();
    }
  }

  private void sort(Division division, SortedMatches.Builder into) {
    for (int bucket = 0; bucket < division.buckets.size(); bucket++) {
      List<SpillStream> streams = division.buckets.get(bucket);
      if (!streams.isEmpty()) {
        long base = division.base + bucket * division.bucketRows;
        if (division.bucketRows <= DENSE_ROWS) {
          sortDense(streams, base, (int) division.bucketRows, into);
        } else {
          try (Division finer = divide(streams, base, division.bucketRows)) {
            streams.forEach(SpillStream::close);
            sort(finer, into);
          }
        }
        streams.forEach(SpillStream::close);
      }
    }
  }

  private Division divide(List<SpillStream> streams, long base, long bucketRows) {
    Division finer = new Division(base, bucketRows);
    try (Scatter scatter = new Scatter(finer)) {
      for (SpillStream stream : streams) {
        try (SpillReader reader = stream.open()) {
          while (reader.next()) {
            long end = reader.address() + reader.bytes();
            for (long at = reader.address(); at < end; at += RECORD_BYTES) {
              long row = base + Integer.toUnsignedLong(MemoryUtil.getInt(at));
              scatter.add(row, MemoryUtil.getLong(at + Integer.BYTES));
            }
          }
        }
      }
      scatter.finish();
      return finer;
    } catch (RuntimeException | Error failure) {
      finer.close();
      throw failure;
    }
  }

  private void sortDense(
      List<SpillStream> streams, long base, int count, SortedMatches.Builder into) {
    try (ArrowBuf places = allocator.buffer((long) count * Long.BYTES)) {
      long address = places.memoryAddress();
      for (int row = 0; row < count; row++) {
        MemoryUtil.putLong(address + (long) row * Long.BYTES, NONE);
      }
      for (SpillStream stream : streams) {
        try (SpillReader reader = stream.open()) {
          while (reader.next()) {
            long end = reader.address() + reader.bytes();
            for (long at = reader.address(); at < end; at += RECORD_BYTES) {
              long place = address + (long) MemoryUtil.getInt(at) * Long.BYTES;
              MemoryUtil.putLong(place, MemoryUtil.getLong(at + Integer.BYTES));
            }
          }
        }
      }
      for (int row = 0; row < count; row++) {
        long sourceRow = MemoryUtil.getLong(address + (long) row * Long.BYTES);
        if (sourceRow != NONE) {
          into.add(base + row, sourceRow);
        }
      }
    }
  }

  @Override
  public void close() {
    whole.close();
  }

  /** Divides a stretch of rows into buckets of equal length, each with what was spilled for it. */
  private static final class Division implements AutoCloseable {
    private final long base;
    private final long bucketRows;
    private final List<List<SpillStream>> buckets = new ArrayList<>();

    Division(long base, long rows) {
      this.base = base;
      long wanted = (rows + MOST_BUCKETS - 1) / MOST_BUCKETS;
      this.bucketRows = Math.max(wanted, Math.min(DENSE_ROWS, Math.max(1, rows)));
      for (long first = 0; first < rows; first += bucketRows) {
        buckets.add(new ArrayList<>(1));
      }
    }

    /** Returns what was spilled, in the order of the target. */
    synchronized List<SpillStream> streams() {
      return buckets.stream().flatMap(List::stream).toList();
    }

    synchronized void add(int bucket, SpillStream stream) {
      buckets.get(bucket).add(stream);
    }

    @Override
    public void close() {
      buckets.forEach(streams -> streams.forEach(SpillStream::close));
    }
  }

  /** Writes matches to the buckets of one division. Not thread-safe. */
  final class Scatter implements AutoCloseable {
    private final Division division;
    private final @Nullable SpillWriter[] writers;

    private Scatter(Division division) {
      this.division = division;
      this.writers = new SpillWriter[division.buckets.size()];
    }

    void add(long position, long sourceRow) {
      long offset = position - division.base;
      int bucket = (int) (offset / division.bucketRows);
      SpillWriter writer = writers[bucket];
      if (writer == null) {
        writer = store.create(BLOCK_BYTES);
        writers[bucket] = writer;
      }
      long at = writer.append(RECORD_BYTES);
      MemoryUtil.putInt(at, (int) (offset - bucket * division.bucketRows));
      MemoryUtil.putLong(at + Integer.BYTES, sourceRow);
    }

    void finish() {
      for (int bucket = 0; bucket < writers.length; bucket++) {
        SpillWriter writer = writers[bucket];
        if (writer != null) {
          division.add(bucket, writer.finish());
          writers[bucket] = null;
        }
      }
    }

    @Override
    public void close() {
      for (@Nullable SpillWriter writer : writers) {
        if (writer != null) {
          writer.close();
        }
      }
    }
  }
}
