package dev.keymerge.internal.locate;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.spill.SpillStore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Says how many matches of all files of a merge stay in memory while their files are worked on or
 * wait, and where the others go.
 *
 * <p>Matches are needed until their file is done, so what they take is missing to those who compare
 * and encode. Only what these can certainly spare is granted.
 *
 * <p>Thread-safe; budget and disk are borrowed.
 */
public final class MatchStore {
  /** Lets the memory limit say how many matches stay in memory. */
  public static final long AUTOMATIC = 0;

  /**
   * About what comparing and rewriting a file take at worst: pages, and an encoder's dictionary.
   */
  private static final long WORK_BYTES = 32 << 20;

  /** A part of the heap that is granted even if it is too small for such work. */
  private static final int LEAST_PART = 16;

  /** So little is granted whatever the limit. */
  private static final long LEAST_BYTES = 64 << 10;

  private final MemoryBudget budget;
  private final SpillStore disk;
  private final long mostBytes;
  private final AtomicLong heldBytes = new AtomicLong();

  /**
   * Creates a store.
   *
   * @param budget tells how much memory there is
   * @param disk where matches go that do not stay in memory
   * @param mostBytes the most bytes of memory for matches, or {@link #AUTOMATIC}
   */
  public MatchStore(MemoryBudget budget, SpillStore disk, long mostBytes) {
    this.budget = budget;
    this.disk = disk;
    this.mostBytes = mostBytes;
  }

  /**
   * Returns an empty list of matches of one file, which the caller closes.
   *
   * @param memory charged with what is in memory; borrowed
   * @param rows how many rows the file has
   * @param observer hears of what goes to disk
   */
  public FileMatches open(MemoryReservation memory, long rows, SpillObserver observer) {
    return new FileMatches(this, memory, rows, observer);
  }

  /** Hears of the matches of a file in their order as they go to disk, so as not to read them. */
  public interface SpillObserver {
    /** Hears that what follows are matches of another row group than what came before. */
    void startRowGroup();

    /** Hears of a match, see {@link dev.keymerge.internal.plan.MatchCursor#sourceRows}. */
    void match(long sourceRow);
  }

  SpilledMatches.Writer writer() {
    return new SpilledMatches.Writer(disk);
  }

  /**
   * Charges {@code more} bytes to {@code memory} and returns true, or changes nothing and returns
   * false: the matches had better go to disk.
   *
   * @param diskBytes what they may come to there
   */
  boolean tryGrow(MemoryReservation memory, long more, long diskBytes) {
    long held = heldBytes.addAndGet(more);
    if (held > mostBytes(held - more) && diskBytes <= disk.roomBytes()) {
      heldBytes.addAndGet(-more);
      return false;
    }
    if (!memory.tryGrow(more)) {
      heldBytes.addAndGet(-more);
      return false;
    }
    return true;
  }

  void shrink(MemoryReservation memory, long fewer) {
    memory.shrink(fewer);
    heldBytes.addAndGet(-fewer);
  }

  private long mostBytes(long held) {
    if (mostBytes != AUTOMATIC) {
      return mostBytes;
    }
    long spared = (budget.freeBytes(MemoryKind.HEAP) + held - WORK_BYTES) / 2;
    long least = Math.max(LEAST_BYTES, budget.limitBytes(MemoryKind.HEAP) / LEAST_PART);
    return Math.max(least, spared);
  }
}
