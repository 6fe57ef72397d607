package dev.keymerge.acceptance;

import static org.assertj.core.api.Assertions.fail;

import dev.keymerge.MergeHandle;
import dev.keymerge.Progress;
import dev.keymerge.ProgressListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Waits for merges that run at once, and fails with the stacks of all threads when none of them has
 * come any further for a while, though they have not ended: they wait for each other.
 *
 * <p>A merge has come further when anything that its progress tells has changed but the time and
 * what others change too.
 */
final class StallDetector {
  private static final long PATIENCE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long LOOK_EVERY_MILLIS = 20;

  private final AtomicLong steps = new AtomicLong();
  private final AtomicInteger merges = new AtomicInteger();
  private final Map<Integer, List<Object>> last = new ConcurrentHashMap<>();

  /** Returns what one merge tells its progress. */
  ProgressListener listener() {
    int merge = merges.incrementAndGet();
    return progress -> {
      List<Object> now = whatCounts(progress);
      if (!now.equals(last.put(merge, now))) {
        steps.incrementAndGet();
      }
    };
  }

  private static List<Object> whatCounts(Progress progress) {
    return List.of(
        progress.phase(),
        progress.rowsDone(),
        progress.filesDone(),
        progress.bytesRead(),
        progress.bytesWritten());
  }

  /** Waits until all of {@code handles} are done. */
  void awaitAll(List<MergeHandle> handles) throws InterruptedException {
    long seen = -1;
    long since = System.nanoTime();
    while (!handles.stream().allMatch(MergeHandle::done)) {
      long now = System.nanoTime();
      long steps = this.steps.get() + handles.stream().filter(MergeHandle::done).count();
      if (steps != seen) {
        seen = steps;
        since = now;
      } else if (now - since > PATIENCE_NANOS) {
        List<String> stacks = stacks();
        handles.forEach(MergeHandle::cancel);
        fail("No merge has come further for a minute: %s%n%s", last, String.join("\n", stacks));
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    }
  }

  private static List<String> stacks() {
    List<String> stacks = new ArrayList<>();
    Thread.getAllStackTraces()
        .forEach(
            (thread, stack) -> {
              stacks.add(thread.getName() + " " + thread.getState());
              for (StackTraceElement frame : stack) {
                stacks.add("  at " + frame);
              }
            });
    return stacks;
  }
}
