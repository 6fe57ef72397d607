package dev.keymerge.internal.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.keymerge.MergePhase;
import dev.keymerge.Progress;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryReservation;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MergeProgressTest {
  private final AtomicLong clock = new AtomicLong(-5);
  private final MemoryBudget budget = new MemoryBudget(1000);
  private final MergeProgress progress = new MergeProgress(budget, clock::get);

  @Test
  void countsRowsAndFilesPerPhaseAndBytesOverall() {
    progress.addBytesRead(10);
    clock.addAndGet(7);
    progress.begin(MergePhase.READING_SOURCE, 100, Progress.UNKNOWN);
    progress.addRows(60);
    progress.addRows(40);
    progress.addFiles(2);
    clock.addAndGet(3);
    progress.begin(MergePhase.MERGING_FILES, 500, 8);
    progress.addRows(1);
    progress.addBytesRead(5);
    progress.addBytesWritten(3);
    clock.addAndGet(1);

    try (MemoryReservation reservation = budget.open("test")) {
      reservation.grow(300);
      assertThat(progress.snapshot())
          .isEqualTo(
              new Progress(
                  MergePhase.MERGING_FILES, 1, 500, 0, 8, 15, 3, 300, 1000, Duration.ofNanos(11)));
    }
  }

  @Test
  void keepsTheTimeOfEachPhase() {
    clock.addAndGet(7);
    progress.begin(MergePhase.MERGING_FILES, 0, 0);
    clock.addAndGet(3);
    progress.done();

    assertThat(progress.elapsedPerPhase())
        .containsExactly(
            entry(MergePhase.PLANNING, Duration.ofNanos(7)),
            entry(MergePhase.MERGING_FILES, Duration.ofNanos(3)));
    assertThat(progress.snapshot().phase()).isEqualTo(MergePhase.DONE);
  }

  @Test
  void neverGoesBackToAPhase() {
    progress.begin(MergePhase.APPENDING, 0, 0);

    assertThatThrownBy(() -> progress.begin(MergePhase.APPENDING, 0, 0))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> progress.begin(MergePhase.PLANNING, 0, 0))
        .isInstanceOf(IllegalStateException.class);
  }
}
