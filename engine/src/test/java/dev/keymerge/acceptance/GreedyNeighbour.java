package dev.keymerge.acceptance;

import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReservation;
import java.util.Random;

/**
 * Takes random parts of a budget, up to all of it, and gives them back at random moments, from a
 * thread of its own. Closing ends it with everything given back.
 */
final class GreedyNeighbour implements AutoCloseable {
  private static final int MOST_PAUSE_MICROS = 500;
  private static final int PIECES = 8;

  private final MemoryBudget budget;
  private final Random random;
  private final Thread thread = new Thread(this::takeAndGive, "greedy-neighbour");
  private volatile boolean over;

  private GreedyNeighbour(MemoryBudget budget, long seed) {
    this.budget = budget;
    this.random = new Random(seed);
  }

  static GreedyNeighbour start(MemoryBudget budget, long seed) {
    GreedyNeighbour neighbour = new GreedyNeighbour(budget, seed);
    neighbour.thread.setDaemon(true);
    neighbour.thread.start();
    return neighbour;
  }

  private void takeAndGive() {
    try (MemoryReservation heap = budget.open("neighbour");
        MemoryReservation outside = budget.open("neighbour", MemoryKind.NATIVE)) {
      while (!over) {
        MemoryReservation held = random.nextBoolean() ? heap : outside;
        long piece = budget.limitBytes() / PIECES;
        if (random.nextInt(3) == 0) {
          held.shrink(held.bytes());
        } else if (!held.tryGrow(1 + (long) (random.nextDouble() * piece))) {
          held.tryGrow(budget.freeBytes(held.kind()));
        }
        pause();
      }
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
