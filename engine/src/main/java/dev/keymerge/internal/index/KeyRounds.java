package dev.keymerge.internal.index;

import dev.keymerge.KeyMethod;
import dev.keymerge.MergeException;
import dev.keymerge.internal.key.ComponentBounds;
import dev.keymerge.internal.key.KeyRanges;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.plan.KeyProbe;
import dev.keymerge.internal.plan.MatchSink;
import dev.keymerge.internal.spill.SpillStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings keys on disk into memory in rounds, in each of which some rows of the target are looked
 * up.
 *
 * <pre>
 *   method      in memory                   keys of other partitions   target rows looked up
 *   PARTITIONS  what is there, in one round set aside                  all
 *   PASSES      what is there, then others  left to their round        all, in each round
 *   SORTED      range after range           set aside                  those that begin there
 * </pre>
 *
 * <p>What was set aside for a partition is looked up when its turn comes; what was set aside too
 * late, or for a partition that memory cannot hold, is joined at the end. So every target row is
 * told of once, whatever statistics have claimed about where it belongs.
 *
 * <p>Call {@link #next}, look up with any number of probes, finish and close them, call {@link
 * #endRound}; when there is no next round, {@link #finish}. Not thread-safe, but for {@link
 * #probe}; closed before the index.
 */
public final class KeyRounds implements AutoCloseable {
  private static final int PARTS_OF_FREE = 3;
  private static final int PARTS_FOR_ROUND = 2;

  private final KeyIndex index;
  private final KeyIndex.Parts parts;
  private final Partitions partitions;
  private final IndexSpilling spilling;
  private final AsideStreams aside;
  private final Runnable cancel;
  private final PartitionJoin loader;
  private final @Nullable KeyTable[] tables;
  private final List<Loaded> loaded = new ArrayList<>();

  /** Partitions of which it is known which rows win. */
  private final BitSet settled = new BitSet();

  /** Partitions whose target rows are set aside in this round. */
  private final BitSet setAside = new BitSet();

  private KeyMethod method;
  private int rounds;
  private int first;
  private int next;

  /**
   * Prepares rounds over all partitions.
   *
   * @param spilling where partitions are
   * @param aside where target keys are set aside
   */
  KeyRounds(
      KeyIndex index,
      KeyIndex.Parts parts,
      IndexSpilling spilling,
      AsideStreams aside,
      Course course) {
    this.index = index;
    this.parts = parts;
    this.partitions = parts.partitions();
    this.spilling = spilling;
    this.aside = aside;
    this.method = course.method();
    this.cancel = course.cancel();
    this.loader = new PartitionJoin(parts, spilling, MatchSink.NOBODY, cancel);
    this.tables = new KeyTable[partitions.count()];
    for (int partition = 0; partition < tables.length; partition++) {
      settled.set(partition, partitions.get(partition) instanceof ResidentPartition);
    }
  }

  /**
   * Says how rounds go.
   *
   * @param method how keys are brought together
   * @param cancel asked from time to time
   */
  record Course(KeyMethod method, Runnable cancel) {}

  /** Holds a partition that was read back. */
  private record Loaded(int partition, ResidentPartition keys) {}

  /** Returns the method, which is another one than was asked for if that has no room on disk. */
  public KeyMethod method() {
    return method;
  }

  /** Returns how many rounds have begun. */
  public int rounds() {
    return rounds;
  }

  /** Begins the next round and returns true, or returns false if there is none. */
  public boolean next() {
    if (rounds == 0 && method == KeyMethod.SORTED) {
      spillRest();
    }
    if (rounds > 0 && (method == KeyMethod.PARTITIONS || next == tables.length)) {
      return false;
    }
    first = next;
    if (method != KeyMethod.SORTED && rounds == 0) {
      boolean any = useWhatIsThere();
      if (method == KeyMethod.PASSES) {
        load(partitions.memory(), !any);
      }
    } else {
      load(memory(), true);
    }
    if (method != KeyMethod.PASSES) {
      setAsideOthers();
    }
    rounds++;
    return true;
  }

  /** Bounds what a round may hold such that those who look up find memory, too. */
  private IndexMemory memory() {
    long free = parts.budget().freeBytes(MemoryKind.NATIVE) / PARTS_OF_FREE * PARTS_FOR_ROUND;
    return new IndexMemory(parts.allocator(), Math.min(spilling.memoryBytes(), free));
  }

  /** Sends everything to disk, or goes another way if the disk has no room for it. */
  private void spillRest() {
    IndexSizes sizes = IndexSizes.of(parts);
    try {
      // What is refused at once leaves its room to the other way.
      spilling.store().expect(sizes.residentKeys() * sizes.recordBytes());
      partitions.spillRest(cancel);
    } catch (MergeException.LimitExceeded refused) {
      method = KeyMethod.PARTITIONS;
    }
  }

  private boolean useWhatIsThere() {
    boolean any = false;
    for (int partition = 0; partition < tables.length; partition++) {
      if (partitions.get(partition) instanceof ResidentPartition resident) {
        tables[partition] = resident.table();
        any |= resident.keys() > 0;
      }
    }
    return any;
  }

  /**
   * Reads back as many of the next partitions as fit.
   *
   * @param alone whether nothing else is in memory: what does not fit then never will
   */
  private void load(IndexMemory memory, boolean alone) {
    boolean empty = alone;
    for (; next < tables.length; next++) {
      if (partitions.get(next) instanceof SpilledPartition spilled) {
        boolean fits =
            !spilled.crowded()
                && (empty || spilled.tableBytes() <= memory.freeBytes())
                && load(next, spilled, memory);
        if (!fits && !empty && !spilled.crowded()) {
          return;
        }
        setAside.set(next, !fits);
        empty &= !fits;
      }
    }
  }

  private boolean load(int partition, SpilledPartition spilled, IndexMemory memory) {
    PartitionMaker maker = partitions.maker();
    boolean known = settled.get(partition);
    ResidentPartition keys;
    try {
      keys = known ? maker.emptyForSettled(memory) : maker.empty(memory);
    } catch (MergeException.LimitExceeded refused) {
      return false;
    }
    loaded.add(new Loaded(partition, keys));
    if (!loader.load(spilled.stream(), spilled.rows(), keys, memory)) {
      loaded.remove(loaded.size() - 1);
      keys.close();
      return false;
    }
    if (!known) {
      loader.settle(keys);
      settled.set(partition);
    }
    tables[partition] = keys.table();
    return true;
  }

  private void setAsideOthers() {
    for (int partition = 0; partition < tables.length; partition++) {
      setAside.set(partition, tables[partition] == null);
    }
  }

  /** Opens a probe of what is in memory in this round; the caller closes it. */
  public KeyProbe probe() {
    SetAside keeper =
        setAside.isEmpty()
            ? null
            : new SetAside(
                partitions.maker().format().unordered(),
                spilling.store(),
                spilling.blockBytes(tables.length),
                aside,
                setAside);
    return new IndexProbe(parts, tables, partitions.filter(), keeper);
  }

  /**
   * Returns whether this round looks up the rows of a unit of the target.
   *
   * @param leading what is known of the first component of the unit's keys
   */
  public boolean looksUp(ComponentBounds leading) {
    KeyRanges ranges = parts.config().ranges();
    if (method != KeyMethod.SORTED || ranges == null) {
      return true;
    }
    int range = ranges.first(leading);
    return range >= first && range < next;
  }

  /**
   * Ends a round: tells {@code sink} of rows that were set aside for what is in memory now, and
   * gives the memory back.
   */
  public void endRound(MatchSink sink) {
    PartitionJoin join = new PartitionJoin(parts, spilling, sink, cancel);
    for (Loaded one : loaded) {
      List<SpillStream> targets = aside.take(one.partition());
      try {
        join.probe(targets, one.keys());
      } finally {
        targets.forEach(SpillStream::close);
      }
    }
    if (method == KeyMethod.PASSES) {
      // Whatever belongs to these partitions has been looked up.
      loaded.forEach(one -> partitions.get(one.partition()).close());
      if (rounds == 1) {
        partitions.releaseTables();
      }
    }
    closeTables();
  }

  private void closeTables() {
    Arrays.fill(tables, null);
    setAside.clear();
    loaded.forEach(one -> one.keys().close());
    loaded.clear();
  }

  /**
   * Settles what no round has settled, tells {@code sink} of the rows that still wait, and makes
   * all counts right. Nothing can be looked up any more.
   *
   * @param asked asked from time to time
   * @throws MergeException.BadData if the source has duplicates that the policy does not allow
   */
  public void finish(MatchSink sink, Runnable asked) {
    closeTables();
    index.endLookups();
    PartitionJoin join = new PartitionJoin(parts, spilling, sink, asked);
    for (int partition = 0; partition < tables.length; partition++) {
      if (partitions.get(partition) instanceof SpilledPartition spilled) {
        boolean known = settled.get(partition);
        List<SpillStream> targets = aside.take(partition);
        if (known && targets.isEmpty()) {
          spilled.close();
        } else {
          join.join(spilled, targets, known);
        }
      }
    }
    parts.duplicates().check();
    index.foundDistinct(loader.distinctKeys() + join.distinctKeys());
  }

  @Override
  public void close() {
    closeTables();
  }
}
