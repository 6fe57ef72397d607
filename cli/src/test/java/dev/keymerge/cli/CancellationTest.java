package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.MergeHandle;
import dev.keymerge.MergeResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CancellationTest {
  private final RecordingShell shell = new RecordingShell();
  private final Cancellation cancellation = new Cancellation(shell.shell());

  @Test
  void aSignalWithoutAMergeEndsTheProcessAtOnce() {
    assertThat(cancellation.stop()).isEqualTo(130);
    assertThat(shell.err()).contains("Cancelled");
  }

  @Test
  void aSignalCancelsTheMergeAndTakesTheCodeThatTheMainThreadFound() {
    FakeHandle handle = new FakeHandle(() -> cancellation.ended(130));
    cancellation.start(() -> handle);

    assertThat(cancellation.stop()).isEqualTo(130);
    assertThat(handle.cancelled).isTrue();
  }

  @Test
  void aMergeThatWasBeingPublishedEndsTheProcessWithSuccess() {
    cancellation.start(() -> new FakeHandle(() -> cancellation.ended(0)));

    assertThat(cancellation.stop()).isZero();
  }

  @Test
  void noMergeStartsAfterTheSignal() {
    cancellation.stop();

    assertThatThrownBy(() -> cancellation.start(() -> new FakeHandle(() -> {})))
        .isInstanceOf(MergeException.Cancelled.class);
  }

  @Test
  void whatCannotBeCancelledIsWaitedForAndItsCodeIsTaken() throws InterruptedException {
    cancellation.startUninterruptible();
    AtomicInteger code = new AtomicInteger(-1);
    Thread signal = new Thread(() -> code.set(cancellation.stop()));
    signal.start();
    while (!cancellation.cancelled()) {
      Thread.onSpinWait();
    }
    cancellation.ended(6);
    signal.join();

    assertThat(code).hasValue(6);
    assertThat(shell.err()).isEmpty();
  }

  @Test
  void whatCannotBeCancelledAndDoesNotEndHasAnUnknownOutcome() {
    Cancellation impatient = new Cancellation(shell.shell(), Duration.ofMillis(1));
    impatient.startUninterruptible();

    assertThat(impatient.stop()).isEqualTo(7);
    assertThat(shell.err()).contains("did not end", "keymerge recover").doesNotContain("Cancelled");
  }

  @Test
  void whatOnlyReadsIsNotWaitedFor() {
    Cancellation patient = new Cancellation(shell.shell(), Duration.ofDays(1));
    patient.startReading();

    assertThat(patient.stop()).isEqualTo(130);
    assertThat(shell.err()).contains("Cancelled");
  }

  @Test
  void nothingThatCannotBeCancelledStartsAfterTheSignal() {
    cancellation.stop();

    assertThatThrownBy(cancellation::startUninterruptible)
        .isInstanceOf(MergeException.Cancelled.class);
  }

  @Test
  void everyCommandThatMaySettleAJournalStartsOnlyBeforeTheSignal() {
    cancellation.stop();

    for (String command : List.of("undo", "recover", "inspect", "history")) {
      assertThat(new Program(shell.shell(), cancellation).run(command, "nowhere"))
          .as(command)
          .isEqualTo(130);
    }
  }

  @Test
  void anOrdinaryEndKeepsItsCode() {
    cancellation.ended(3);

    assertThat(cancellation.stop()).isEqualTo(3);
    assertThat(shell.err()).isEmpty();
  }

  private static final class FakeHandle implements MergeHandle {
    private final Runnable whenCancelled;
    private boolean cancelled;

    FakeHandle(Runnable whenCancelled) {
      this.whenCancelled = whenCancelled;
    }

    @Override
    public void cancel() {
      cancelled = true;
      whenCancelled.run();
    }

    @Override
    public boolean done() {
      return cancelled;
    }

    @Override
    public MergeResult await() {
      throw new UnsupportedOperationException();
    }
  }
}
