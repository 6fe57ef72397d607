package dev.keymerge.internal.index;

import dev.keymerge.DuplicatePolicy;
import dev.keymerge.MergeException;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.spill.SpillStream;
import dev.keymerge.internal.spill.SpillWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.util.MemoryUtil;
import org.jspecify.annotations.Nullable;

/**
 * Joins spilled partitions of source keys with the target keys that belong to them, one after the
 * other.
 *
 * <p>A partition that fits is loaded into a table. One that does not is split by fresh bits of its
 * hashes, alone. Where splitting twice does not help, because hashes repeat, both sides are sorted
 * and merged, which needs memory for a few blocks only. Not thread-safe.
 */
final class PartitionJoin {
  private static final int SPLIT_BITS = 4;
  private static final int SPLITS = 1 << SPLIT_BITS;
  private static final long SPLIT_MULTIPLIER = 0x9fb21c651e98df25L;

  /** A split that leaves more than this part in one piece has not helped. */
  private static final double USELESS_PART = 0.9;

  private static final int USELESS_SPLITS = 2;

  private final KeyIndex.Parts parts;
  private final PartitionMaker maker;
  private final IndexSpilling spilling;
  private final long memoryBytes;
  private final MatchSink sink;
  private final Runnable cancel;
  private boolean settled;
  private long distinctKeys;

  /** Keeps what was read only to bring it near, so that the reads are not optimised away. */
  @SuppressWarnings("UnusedVariable")
  private long touched;

  PartitionJoin(KeyIndex.Parts parts, IndexSpilling spilling, MatchSink sink, Runnable cancel) {
    this.parts = parts;
    this.maker = parts.partitions().maker();
    this.spilling = spilling;
    this.memoryBytes = spilling.memoryBytes();
    this.sink = sink;
    this.cancel = cancel;
  }

  /** Returns how many keys were found to be distinct so far. */
  long distinctKeys() {
    return distinctKeys;
  }

  /**
   * Joins a partition with {@code targets}, which this closes.
   *
   * @param settledBefore whether it was found out before which of its rows win
   */
  void join(SpilledPartition partition, List<SpillStream> targets, boolean settledBefore) {
    settled = settledBefore;
    Pair pair = new Pair(partition.take(), partition.rows(), targets);
    try (pair) {
      if (partition.crowded()) {
        sortAndMerge(pair);
      } else {
        join(pair, 0, 0);
      }
    }
  }

  /**
   * Holds the rows of source and target that may have keys in common.
   *
   * @param source rows of the source in source order
   * @param sourceRows how many
   * @param targets rows of the target in any order
   */
  record Pair(SpillStream source, long sourceRows, List<SpillStream> targets)
      implements AutoCloseable {
    /** Returns how much is on disk, which stays there until it is written anew. */
    long bytes() {
      return source.bytes() + targets.stream().mapToLong(SpillStream::bytes).sum();
    }

    @Override
    public void close() {
      source.close();
      targets.forEach(SpillStream::close);
    }
  }

  private void join(Pair pair, int level, int uselessSplits) {
    IndexMemory memory = new IndexMemory(parts.allocator(), memoryBytes);
    try (ResidentPartition loaded = empty(memory)) {
      if (load(pair.source(), pair.sourceRows(), loaded, memory)) {
        settle(loaded);
        probe(pair.targets(), loaded);
        return;
      }
      if (loaded.table().crowded() || uselessSplits == USELESS_SPLITS) {
        loaded.close();
        sortAndMerge(pair);
        return;
      }
    }
    List<Pair> pieces = split(pair, level);
    try {
      pair.close();
      for (Pair piece : pieces) {
        boolean useless = piece.sourceRows() > pair.sourceRows() * USELESS_PART;
        join(piece, level + 1, useless ? uselessSplits + 1 : 0);
        piece.close();
      }
    } finally {
      pieces.forEach(Pair::close);
    }
  }

  private ResidentPartition empty(IndexMemory memory) {
    return settled ? maker.emptyForSettled(memory) : maker.empty(memory);
  }

  /**
   * Reads rows of the source into a table and returns whether they fit.
   *
   * @param memory lends the table its buffers
   */
  boolean load(SpillStream source, long sourceRows, ResidentPartition into, IndexMemory memory) {
    boolean asking = false;
    try (SpilledRows rows = source(source)) {
      if (KeyTable.slotBytesFor(sourceRows) <= memory.freeBytes() / 2) {
        into.table().expect(sourceRows);
      }
      while (rows.next() && !into.table().crowded()) {
        asking = true;
        cancel.run();
        asking = false;
        long[] hashes = rows.hashes();
        for (int row = 0; row < rows.rows(); row++) {
          touched += into.touch(hashes[row]);
        }
        for (int row = 0; row < rows.rows(); row++) {
          into.add(rows.shown(), row, hashes[row]);
        }
      }
      return !into.table().crowded();
    } catch (MergeException.LimitExceeded refused) {
      // That the process has no memory left for the merge is another matter.
      if (asking) {
        throw refused;
      }
      return false;
    }
  }

  /** Counts the keys of a table whose rows are all there, and the duplicates among them. */
  void settle(ResidentPartition loaded) {
    if (settled) {
      return;
    }
    distinctKeys += loaded.keys();
    if (parts.config().duplicates() == DuplicatePolicy.FAIL) {
      parts.duplicates().collect(loaded.table());
    }
  }

  /** Looks up rows of the target. */
  void probe(List<SpillStream> targets, ResidentPartition loaded) {
    for (SpillStream target : targets) {
      try (SpilledRows rows = target(target)) {
        while (rows.next()) {
          cancel.run();
          long[] hashes = rows.hashes();
          for (int row = 0; row < rows.rows(); row++) {
            touched += loaded.touch(hashes[row]);
          }
          for (int row = 0; row < rows.rows(); row++) {
            probe(rows, row, loaded.table());
          }
        }
      }
    }
  }

  private void probe(SpilledRows rows, int row, KeyTable table) {
    long position = RowState.ordinal(rows.states()[row]);
    long record = table.find(rows, row, rows.hashes()[row]);
    if (record < 0) {
      sink.absent(position);
      return;
    }
    long state = table.state(record);
    parts.winners().matched(RowState.ordinal(state), RowState.isMarked(state));
    sink.found(position, RowState.ordinal(state), RowState.isMarked(state));
  }

  private List<Pair> split(Pair pair, int level) {
    spilling.store().expect(pair.bytes());
    try (Splitter source = new Splitter(level);
        Splitter target = new Splitter(level)) {
      try (SpilledRows rows = source(pair.source())) {
        source.addAll(rows);
      }
      for (SpillStream stream : pair.targets()) {
        try (SpilledRows rows = target(stream)) {
          target.addAll(rows);
        }
      }
      List<Pair> pieces = new ArrayList<>();
      for (int piece = 0; piece < SPLITS; piece++) {
        long rows = source.rows[piece];
        pieces.add(new Pair(source.finish(piece), rows, List.of(target.finish(piece))));
      }
      return pieces;
    }
  }

  private void sortAndMerge(Pair pair) {
    spilling.store().expect(pair.bytes());
    RowSorter sorter = new RowSorter(parts, spilling, cancel);
    List<SpillStream> source = sorter.sort(maker.format(), List.of(pair.source()));
    List<SpillStream> target = List.of();
    try {
      target = sorter.sort(maker.format().unordered(), pair.targets());
      pair.close();
      try (MergedRows sourceRows = merged(maker.format(), source);
          MergedRows targetRows = merged(maker.format().unordered(), target)) {
        merge(sourceRows, targetRows);
      }
    } finally {
      source.forEach(SpillStream::close);
      target.forEach(SpillStream::close);
    }
  }

  private void merge(MergedRows source, MergedRows target) {
    boolean more = source.next();
    boolean moreTarget = target.next();
    while (more) {
      IndexMemory memory = new IndexMemory(parts.allocator(), memoryBytes);
      try (ResidentPartition few = empty(memory)) {
        more = SortedKeys.take(source, few);
        settle(few);
        cancel.run();
        while (moreTarget
            && (!more || maker.format().compareKeys(target.record(), source.record()) < 0)) {
          probe(target.rows(), target.row(), few.table());
          moreTarget = target.next();
        }
      }
    }
    while (moreTarget) {
      sink.absent(RowState.ordinal(target.rows().states()[target.row()]));
      moreTarget = target.next();
    }
  }

  private MergedRows merged(RowFormat format, List<SpillStream> runs) {
    return MergedRows.open(format, parts.config().hash(), runs, parts.budget());
  }

  private SpilledRows source(SpillStream stream) {
    return new SpilledRows(maker.format(), parts.config().hash(), stream, parts.budget());
  }

  private SpilledRows target(SpillStream stream) {
    return new SpilledRows(
        maker.format().unordered(), parts.config().hash(), stream, parts.budget());
  }

  /** Divides rows by bits of their hashes that no level before has used. */
  private final class Splitter implements AutoCloseable {
    private final int level;
    private final @Nullable SpillWriter[] writers = new SpillWriter[SPLITS];
    private final long[] rows = new long[SPLITS];

    Splitter(int level) {
      this.level = level;
    }

    void addAll(SpilledRows from) {
      while (from.next()) {
        cancel.run();
        for (int row = 0; row < from.rows(); row++) {
          int bytes = from.recordBytes(row);
          int piece = piece(from.hashes()[row]);
          MemoryUtil.copyMemory(from.record(row), writer(piece).append(bytes), bytes);
          rows[piece]++;
        }
      }
    }

    private int piece(long hash) {
      long mixed = (hash ^ hash >>> 29) * (SPLIT_MULTIPLIER + 2L * level);
      return (int) ((mixed ^ mixed >>> 32) * SPLIT_MULTIPLIER >>> Long.SIZE - SPLIT_BITS);
    }

    private SpillWriter writer(int piece) {
      SpillWriter writer = writers[piece];
      if (writer == null) {
        writer = spilling.store().create(spilling.blockBytes(2 * SPLITS));
        writers[piece] = writer;
      }
      return writer;
    }

    SpillStream finish(int piece) {
      SpillStream finished = writer(piece).finish();
      writers[piece] = null;
      return finished;
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
