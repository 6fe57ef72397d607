package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class CpuThrottleTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);
  private static final BooleanSupplier NEVER = () -> false;

  private long wall;
  private long spent;
  private long slept;

  @Test
  void halfOfTwoProcessorsMeansOneProcessorsTimeInTheLongRun() {
    CpuThrottle throttle = throttle(1, false);

    // Two threads that are always busy spend two seconds in each second that they run.
    for (int step = 0; step < 1000; step++) {
      wall += 10 * MILLI;
      spent += 20 * MILLI;
      throttle.pause(NEVER);
    }

    assertThat(spent / (double) wall).isCloseTo(1.0, Offset.offset(0.02));
  }

  @Test
  void whoStaysBelowTheShareNeverSleeps() {
    CpuThrottle throttle = throttle(1, false);

    for (int step = 0; step < 100; step++) {
      wall += 10 * MILLI;
      spent += 9 * MILLI;
      throttle.pause(NEVER);
    }

    assertThat(slept).isZero();
  }

  @Test
  void whatWasSavedUpWhileIdleIsLimited() {
    CpuThrottle throttle = throttle(1, false);
    wall += 3_600_000 * MILLI;
    throttle.pause(NEVER);

    wall += 500 * MILLI;
    spent += 1000 * MILLI;
    throttle.pause(NEVER);

    // A hundred milliseconds were saved, five hundred were granted meanwhile.
    assertThat(slept).isEqualTo(400 * MILLI);
  }

  @Test
  void aCancelledMergeSleepsNoLonger() {
    CpuThrottle throttle = throttle(1, false);
    wall += 10 * MILLI;
    spent += 900 * MILLI;

    throttle.pause(() -> slept >= 100 * MILLI);

    assertThat(slept).isEqualTo(100 * MILLI);
  }

  @Test
  void anApplicationThatSpendsEverythingDoesNotStopMerges() {
    CpuThrottle throttle = throttle(0.1, false);
    wall += 10 * MILLI;
    spent += 3_600_000 * MILLI;

    throttle.pause(NEVER);

    assertThat(slept).isEqualTo(CpuThrottle.LONGEST_PAUSE_NANOS);
  }

  @Test
  void withoutALimitNobodySleeps() {
    CpuThrottle throttle = throttle(1, true);
    wall += 10 * MILLI;
    spent += 3_600_000 * MILLI;

    throttle.pause(NEVER);

    assertThat(slept).isZero();
  }

  private CpuThrottle throttle(double processors, boolean unlimited) {
    return new CpuThrottle(
        processors, unlimited, new CpuThrottle.Clocks(() -> wall, () -> spent, this::sleep));
  }

  private void sleep(long nanos) {
    wall += nanos;
    slept += nanos;
  }
}
