package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keymerge.MemoryPressure;
import dev.keymerge.MergeException;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PressureSource;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Scans a dataset while memory is scarce outside of the budget. Time passes only while the scan
 * sleeps.
 */
class ScanPressureTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(Column.required("text", LogicalType.STRING));
  private static final int ROWS = 20_000;

  /** Long enough for the bytes of a chunk to bound it, not its rows. */
  private static final String TEXT = "0123456789".repeat(20);

  @TempDir private Path directory;

  private final MemoryBudget budget = new MemoryBudget(4 << 20);
  private final Outside outside = new Outside();

  @BeforeEach
  void writeDataset() throws IOException {
    List<Object[]> rows = new ArrayList<>();
    for (int row = 0; row < ROWS; row++) {
      rows.add(new Object[] {TEXT + row});
    }
    ParquetTableWriter.write(
        directory.resolve("data/a.parquet"), SCHEMA, rows, ParquetLayout.standard());
  }

  @ParameterizedTest
  @CsvSource({"WARNING, 80", "CRITICAL, 50"})
  void chunksShrinkByAFifthAndToHalf(MemoryPressure level, int percent) {
    long usual = rowsOfTheSecondChunk();
    outside.level = level;

    assertThat(usual).isLessThan(ROWS / 2);
    assertThat(rowsOfTheSecondChunk())
        .isCloseTo(usual * percent / 100, Percentage.withPercentage(5));
  }

  @Test
  void atEmergencyTheNextChunkWaitsUntilMemoryComesBack() {
    try (ScanJob scan = open()) {
      assertThat(scan.next()).isTrue();
      outside.level = MemoryPressure.EMERGENCY;
      outside.comesBackAt = PressureBrake.PATIENCE_NANOS / 2;

      long before = scan.progress().rowsDone();
      assertThat(scan.next()).isTrue();

      assertThat(outside.now).isGreaterThanOrEqualTo(outside.comesBackAt);
      assertThat(scan.progress().rowsDone()).isGreaterThan(before);
    }
  }

  @Test
  void whereMemoryDoesNotComeBackTheScanFailsAndHoldsNothingOnceItIsClosed() {
    try (ScanJob scan = open()) {
      assertThat(scan.next()).isTrue();
      outside.level = MemoryPressure.EMERGENCY;

      assertThatThrownBy(scan::next)
          .isInstanceOf(MergeException.LimitExceeded.class)
          .hasMessageContaining("others have it");
    }
    assertThat(budget.usedBytes()).isZero();
  }

  /** The first one only shows how long rows are. */
  private long rowsOfTheSecondChunk() {
    try (ScanJob scan = open()) {
      assertThat(scan.next()).isTrue();
      assertThat(scan.next()).isTrue();
      return scan.chunk().getRowCount();
    }
  }

  private ScanJob open() {
    PressureBrake brake =
        new PressureBrake(
            outside, new CpuThrottle.Clocks(() -> outside.now, () -> 0, outside::sleep));
    JobSettings settings =
        new JobSettings(
            new LocalStorage(), budget, Tuning.of(1), SpillSettings.DEFAULT, outside, brake);
    return ScanJob.open(
        settings,
        new CancelToken(brake::pause),
        directory.resolve("data").toString(),
        List.of("text"));
  }

  /** Plays the system. */
  private static final class Outside implements PressureSource {
    private MemoryPressure level = MemoryPressure.NORMAL;
    private long now;
    private long comesBackAt = Long.MAX_VALUE;

    void sleep(long nanos) {
      now += nanos;
      if (now >= comesBackAt) {
        level = MemoryPressure.NORMAL;
      }
    }

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
      return "others have it";
    }
  }
}
