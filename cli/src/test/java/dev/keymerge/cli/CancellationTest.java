package dev.keymerge.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MergeException;
import dev.keymerge.MergeHandle;
import dev.keymerge.MergeResult;
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
