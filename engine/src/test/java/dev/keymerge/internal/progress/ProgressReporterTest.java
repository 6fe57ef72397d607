package dev.keymerge.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MergePhase;
import dev.keymerge.Progress;
import dev.keymerge.ProgressListener;
import dev.keymerge.internal.memory.MemoryBudget;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProgressReporterTest {
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration NEVER = Duration.ofDays(1);

  private final MergeProgress progress = new MergeProgress(new MemoryBudget(1));

  @Test
  void tellsAgainAndAgain() throws InterruptedException {
    CountDownLatch heard = new CountDownLatch(3);
    try (ProgressReporter reporter = start(state -> heard.countDown(), SHORT)) {
      heard.await();
      assertThat(reporter.listenerFailure()).isEmpty();
    }
  }

  @Test
  void endsWithTheFinalStateOnADaemonThread() {
    List<Progress> heard = new CopyOnWriteArrayList<>();
    AtomicReference<Boolean> daemon = new AtomicReference<>(false);
    ProgressListener listener =
        state -> {
          heard.add(state);
          daemon.set(Thread.currentThread().isDaemon());
        };
    try (ProgressReporter reporter = start(listener, NEVER)) {
      progress.begin(MergePhase.READING_SOURCE, 5, 1);
      progress.addRows(5);
      progress.done();
      reporter.close();
      reporter.close();
    }

    assertThat(heard)
        .singleElement()
        .satisfies(state -> assertThat(state.phase()).isEqualTo(MergePhase.DONE));
    assertThat(daemon).hasValue(true);
  }

  @Test
  void doesNotCallAListenerAgainThatThrew() {
    AtomicInteger calls = new AtomicInteger();
    Error thrown = new AssertionError("on purpose");
    ProgressListener listener =
        state -> {
          calls.incrementAndGet();
          throw thrown;
        };
    ProgressReporter reporter = start(listener, SHORT);
    while (reporter.listenerFailure().isEmpty()) {
      Thread.onSpinWait();
    }
    reporter.close();

    assertThat(reporter.listenerFailure()).containsSame(thrown);
    assertThat(calls).hasValue(1);
  }

  @Test
  void leavesAListenerBehindThatHangs() throws InterruptedException {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    AtomicReference<Thread> thread = new AtomicReference<>();
    ProgressListener listener =
        state -> {
          calls.incrementAndGet();
          thread.set(Thread.currentThread());
          entered.countDown();
          awaitQuietly(release);
        };
    ProgressReporter reporter =
        ProgressReporter.start(progress, listener, SHORT, Duration.ofMillis(20));
    entered.await();

    // Returns although the listener has not, which the time limit of the test proves.
    reporter.close();
    release.countDown();
    thread.get().join();

    assertThat(calls).hasValue(1);
  }

  @Test
  void deliversTheFinalStateToAnInterruptedMergeAndKeepsTheInterrupt() {
    AtomicInteger calls = new AtomicInteger();
    ProgressReporter reporter = start(state -> calls.incrementAndGet(), NEVER);
    Thread.currentThread().interrupt();
    reporter.close();

    assertThat(Thread.interrupted()).isTrue();
    assertThat(calls).hasValue(1);
  }

  @Test
  void mayBeClosedByTheListener() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    AtomicReference<ProgressReporter> reporter = new AtomicReference<>();
    CountDownLatch started = new CountDownLatch(1);
    reporter.set(
        start(
            state -> {
              awaitQuietly(started);
              reporter.get().close();
              closed.countDown();
            },
            SHORT));
    started.countDown();
    closed.await();
    reporter.get().close();

    assertThat(reporter.get().listenerFailure()).isEmpty();
  }

  private ProgressReporter start(ProgressListener listener, Duration interval) {
    return ProgressReporter.start(progress, listener, interval, Duration.ofSeconds(30));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupt) {
      throw new AssertionError(interrupt);
    }
  }
}
