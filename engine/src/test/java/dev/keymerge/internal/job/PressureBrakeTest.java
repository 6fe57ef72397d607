package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MemoryPressure;
import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.MemoryKind;
import dev.keymerge.internal.memory.MemoryReclaimer;
import dev.keymerge.internal.memory.PressureSource;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PressureBrakeTest {
  private static final BooleanSupplier NEVER = () -> false;

  private long now;

  private final MemoryBudget budget = new MemoryBudget(1000);
  private final PressureBrake brake =
      new PressureBrake(new Pressure(), new CpuThrottle.Clocks(() -> now, () -> 0, this::sleep));

  private MemoryPressure level = MemoryPressure.NORMAL;
  private long comesBackAt = Long.MAX_VALUE;
  private long asked;

  @BeforeEach
  void someoneCanSpill() {
    budget.onPressure(
        new MemoryReclaimer() {
          @Override
          public long reclaimableBytes(MemoryKind kind) {
            return 1;
          }

          @Override
          public long reclaim(MemoryKind kind, long bytes) {
            asked += bytes;
            return bytes;
          }
        });
    brake.relieving(budget);
  }

  @Test
  void belowCriticalNobodyWaitsOrSpills() {
    level = MemoryPressure.WARNING;
    brake.pause(NEVER);

    assertThat(now).isZero();
    assertThat(asked).isZero();
  }

  @Test
  void atCriticalHoldersSpillNowAndThenAndNobodyWaits() {
    level = MemoryPressure.CRITICAL;
    brake.pause(NEVER);
    brake.pause(NEVER);

    assertThat(asked).as("a tenth of each pool, once").isEqualTo(200);
    assertThat(now).isZero();
  }

  @Test
  void atEmergencyThreadsWaitUntilMemoryComesBack() {
    level = MemoryPressure.EMERGENCY;
    comesBackAt = PressureBrake.PATIENCE_NANOS / 2;
    brake.pause(NEVER);

    assertThat(now).isGreaterThanOrEqualTo(comesBackAt).isLessThan(PressureBrake.PATIENCE_NANOS);
    assertThat(asked).isGreaterThan(100);
  }

  @Test
  void whatDoesNotComeBackEndsTheMergeCleanly() {
    level = MemoryPressure.EMERGENCY;

    assertThatThrownBy(() -> brake.pause(NEVER))
        .isInstanceOf(MergeException.LimitExceeded.class)
        .hasMessage("No memory is left for the merge: it is all gone.");
    assertThat(now).isEqualTo(PressureBrake.PATIENCE_NANOS);
  }

  @Test
  void aCancelledMergeWaitsNoLonger() {
    level = MemoryPressure.EMERGENCY;
    brake.pause(() -> now > 0);

    assertThat(now).isLessThan(PressureBrake.PATIENCE_NANOS / 100);
  }

  @Test
  void batchesShrinkByAFifthAndToHalf() {
    PressureSource source = new Pressure();

    assertThat(source.adapt(1000)).isEqualTo(1000);
    level = MemoryPressure.WARNING;
    assertThat(source.adapt(1000)).isEqualTo(800);
    level = MemoryPressure.CRITICAL;
    assertThat(source.adapt(1000)).isEqualTo(500);
    assertThat(source.adapt(1)).isEqualTo(1);
    level = MemoryPressure.EMERGENCY;
    assertThat(source.adapt(1000)).isEqualTo(500);
  }

  private void sleep(long nanos) {
    now += nanos;
    if (now >= comesBackAt) {
      level = MemoryPressure.NORMAL;
    }
  }

  /** Tells what the test says. */
  private final class Pressure implements PressureSource {
    @Override
    public MemoryPressure pressure() {
      return level;
    }

    @Override
    public MemoryPressure outside() {
      return level;
    }

    @Override
    public String explanation() {
      return "it is all gone";
    }
  }
}
