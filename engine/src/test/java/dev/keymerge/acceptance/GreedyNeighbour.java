package dev.keymerge.acceptance;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import dev.keymerge.internal.memory.MemoryShare;
import dev.keymerge.internal.memory.PhaseNeeds;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * Takes random parts of both pools of a budget and gives them back at random moments, from a thread
 * of its own. Closing ends it with everything given back.
 *
 * <p>A lawless one takes up to everything. A fair one has a share like a merge: it takes what it
 * can get, within the bounds that the shares have, and never gives anything back when asked.
 */
final class GreedyNeighbour implements AutoCloseable {
  private static final int MOST_PAUSE_MICROS = 500;
  private static final int PIECES = 8;

  private final MemoryBudget budget;
  private final Random random;
  private final Thread thread;
  private final CountDownLatch atWork = new CountDownLatch(1);
  private volatile boolean over;
  private volatile long mostHeapBytes;
  private volatile long mostNativeBytes;

  private GreedyNeighbour(MemoryBudget budget, long seed, Consumer<GreedyNeighbour> life) {
    this.budget = budget;
    this.random = new Random(seed);
    this.thread = new Thread(() -> life.accept(this), "greedy-neighbour");
  }

  /** Starts one that is bound by nothing but the limit of the whole budget. */
  static GreedyNeighbour lawless(MemoryBudget budget, long seed) {
    return start(
        new GreedyNeighbour(budget, seed, neighbour -> neighbour.takeAndGive(neighbour.budget)));
  }

  /** Starts one that has a share of the budget, and waits until it works. */
  static GreedyNeighbour fair(MemoryBudget budget, long seed) {
    return start(new GreedyNeighbour(budget, seed, GreedyNeighbour::takeAndGiveWithinAShare));
  }

  private static GreedyNeighbour start(GreedyNeighbour neighbour) {
    neighbour.thread.setDaemon(true);
    neighbour.thread.start();
    boolean interrupted = false;
    while (true) {
      try {
        neighbour.atWork.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return neighbour;
  }

  /** Returns the most of {@code kind} that it has had at once. */
  long mostBytes(MemoryKind kind) {
    return kind == MemoryKind.HEAP ? mostHeapBytes : mostNativeBytes;
  }

  private void takeAndGiveWithinAShare() {
    try (MemoryShare share = budget.openShare("neighbour", () -> {})) {
      share.reserveMinimum(new PhaseNeeds());
      takeAndGive(share.budget());
    }
  }

  private void takeAndGive(MemoryBudget part) {
    try (MemoryReservation heap = part.open("neighbour");
        MemoryReservation outside = part.open("neighbour", MemoryKind.NATIVE)) {
      atWork.countDown();
      while (!over) {
        MemoryReservation held = random.nextBoolean() ? heap : outside;
        long piece = budget.limitBytes(held.kind()) / PIECES;
        if (random.nextInt(3) == 0) {
          held.shrink(held.bytes());
        } else if (!held.tryGrow(1 + (long) (random.nextDouble() * piece))) {
          held.tryGrow(part.freeBytes(held.kind()));
        }
        mostHeapBytes = Math.max(mostHeapBytes, heap.bytes());
        mostNativeBytes = Math.max(mostNativeBytes, outside.bytes());
        pause();
      }
    } finally {
      atWork.countDown();
    }
  }

  private void pause() {
    try {
      Thread.sleep(0, 1 + random.nextInt(MOST_PAUSE_MICROS) * 1000);
    } catch (InterruptedException e) {
      over = true;
    }
  }

  @Override
  public void close() {
    over = true;
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
