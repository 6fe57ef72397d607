package dev.keymerge.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the bytes that threads take from the heap, to find what no budget knows of. */
final class Allocation {
  /**
   * What one input may make a thread allocate in all, garbage included: some times the budget. An
   * array as long as a hostile number says is far more.
   */
  private static final long MOST_BYTES = 12 * Arena.BUDGET_BYTES;

  /** The first inputs load classes, which a fuzzer's driver changes and keeps copies of. */
  private static final int WARM_UP = 20;

  private static final AtomicInteger CHECKS = new AtomicInteger();
  private static final String MERGE_THREADS = "keymerge-merge";
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** Returns what this thread has allocated so far. */
  static long ofThisThread() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  /** Throws if this thread has allocated too much since it had allocated {@code before}. */
  static void checkThisThread(long before) {
    check(ofThisThread() - before);
  }

  /** Throws if the thread of a merge, which was started for it, has allocated too much. */
  static void checkMergeThread() {
    Thread[] threads = new Thread[Thread.activeCount() + 16];
    int count = Thread.enumerate(threads);
    for (int i = 0; i < count; i++) {
      if (threads[i].getName().startsWith(MERGE_THREADS)) {
        check(THREADS.getThreadAllocatedBytes(threads[i].getId()));
      }
    }
  }

  private static void check(long bytes) {
    Arena.require(
        CHECKS.incrementAndGet() <= WARM_UP || bytes < MOST_BYTES,
        "one input made a thread allocate " + bytes + " bytes");
  }
}
