package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.internal.progress.CancelToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WorkersTest {
  @Test
  void whatGetsNoMemoryBesideOthersRunsAloneAfterThem() throws IOException {
    AtomicInteger running = new AtomicInteger();
    CountDownLatch together = new CountDownLatch(2);
    List<Callable<Integer>> pieces = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int number = i;
      pieces.add(
          () -> {
            running.incrementAndGet();
            try {
              together.countDown();
              together.await();
              if (number == 1 && running.get() > 1) {
                throw refusal();
              }
              while (number == 0 && running.get() > 1) {
                Thread.onSpinWait();
              }
              return number;
            } finally {
              running.decrementAndGet();
            }
          });
    }
    try (Workers workers = new Workers(2, new CancelToken())) {
      assertThat(workers.runAll(pieces)).containsExactly(0, 1);
    }
  }

  @Test
  void whatGetsNoMemoryAloneFails() {
    AtomicInteger runs = new AtomicInteger();
    List<Callable<Integer>> pieces =
        List.of(
            () -> 0,
            () -> {
              runs.incrementAndGet();
              throw refusal();
            });
    try (Workers workers = new Workers(2, new CancelToken())) {
      assertThatThrownBy(() -> workers.runAll(pieces))
          .isInstanceOf(MergeException.LimitExceeded.class);
    }
    assertThat(runs).hasValue(2);
  }

  private static MergeException refusal() {
    return new MergeException.LimitExceeded("No memory is left.", "Raise the limit.");
  }
}
