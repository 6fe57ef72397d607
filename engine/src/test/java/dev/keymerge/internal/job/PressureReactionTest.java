package dev.keymerge.internal.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keymerge.MemoryPressure;
import dev.keymerge.MergeException;
import dev.keymerge.MergeRequest;
import dev.keymerge.MergeResult;
import dev.keymerge.Source;
import dev.keymerge.internal.memory.MemoryBudget;
import dev.keymerge.internal.memory.PressureSource;
import dev.keymerge.internal.progress.CancelToken;
import dev.keymerge.internal.storage.LocalStorage;
import dev.keymerge.internal.storage.MeteredStorage;
import dev.keymerge.internal.storage.StorageMeter;
import dev.keymerge.testdata.parquet.ParquetLayout;
import dev.keymerge.testdata.parquet.ParquetTableWriter;
import dev.keymerge.testdata.row.Column;
import dev.keymerge.testdata.row.LogicalType;
import dev.keymerge.testdata.row.TableSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Merges while memory becomes scarce outside of the budget, at every point of the merge: it goes on
 * when memory comes back, and otherwise ends with nothing changed.
 *
 * <p>One thread works, and time passes only while it sleeps, so that nothing depends on chance.
 */
class PressureReactionTest {
  private static final TableSchema SCHEMA =
      TableSchema.of(
          Column.required("id", LogicalType.INT64), Column.nullable("name", LogicalType.STRING));
  private static final int ROWS = 1000;
  private static final int BATCH_ROWS = 100;
  private static final int LEAST_MOMENTS = 10;

  @TempDir private Path directory;

  private final MemoryBudget budget = new MemoryBudget(64 << 20);
  private final Outside outside = new Outside();

  @BeforeEach
  void writeTargetAndSource() throws IOException {
    write(target().resolve("a.parquet"), 0, ROWS, "old");
    write(directory.resolve("source.parquet"), ROWS / 2, ROWS + 10, "new");
  }

  @ParameterizedTest
  @CsvSource({"NORMAL, 10", "WARNING, 13", "CRITICAL, 20"})
  void keysAreLookedUpInBatchesThatShrinkByAFifthAndToHalf(MemoryPressure level, int batches) {
    outside.level = level;

    assertThat(merge().updated()).isEqualTo(ROWS / 2);

    // A thousand rows in batches of 100, of 80, and of 50.
    assertThat(outside.batches).isEqualTo(batches);
  }

  @Test
  void atEmergencyNothingIsTakenInUntilMemoryComesBack() throws IOException {
    int moments = 0;
    long moment = 0;
    do {
      outside.scarceFrom(moment++, PressureBrake.PATIENCE_NANOS / 2);
      MergeResult result = merge();

      assertThat(result.updated()).isEqualTo(ROWS / 2);
      assertThat(result.inserted()).isEqualTo(10);
      assertThat(outside.readWhileAsleep.size()).as("reads at rest").isLessThanOrEqualTo(1);
      moments += outside.readWhileAsleep.size();
      deleteTarget();
      writeTargetAndSource();
    } while (outside.reads > moment);
    assertThat(moments).isGreaterThanOrEqualTo(LEAST_MOMENTS);
  }

  @Test
  void whereMemoryDoesNotComeBackTheMergeEndsWithTheTargetAsItWas() throws IOException {
    int refused = 0;
    long moment = 0;
    MergeResult result = null;
    do {
      Map<String, byte[]> before = files();
      outside.scarceFrom(moment++, Long.MAX_VALUE);
      try {
        result = merge();
      } catch (MergeException.LimitExceeded limit) {
        refused++;
        assertThat(limit).hasMessageContaining("No memory is left for the merge");
        assertThat(limit.remedy()).contains("--memory");
        assertThat(files()).usingRecursiveComparison().isEqualTo(before);
      }
      assertThat(budget.usedBytes()).isZero();
    } while (result == null);
    assertThat(refused).isGreaterThanOrEqualTo(LEAST_MOMENTS);
    // The merge that came to its end found memory scarce only after its last read, or never.
    assertThat(result.updated()).isEqualTo(ROWS / 2);
  }

  private MergeResult merge() {
    PressureBrake brake =
        new PressureBrake(
            outside, new CpuThrottle.Clocks(() -> outside.now, () -> 0, outside::sleep));
    Tuning usual = Tuning.of(1);
    Tuning tuning =
        new Tuning(
            1,
            BATCH_ROWS,
            usual.indexPartitionBits(),
            usual.pruning(),
            usual.values(),
            usual.hash());
    JobSettings settings =
        new JobSettings(
            new MeteredStorage(new LocalStorage(), outside),
            budget,
            tuning,
            SpillSettings.DEFAULT,
            outside,
            brake);
    MergeRequest request =
        MergeRequest.builder()
            .source(Source.parquet(directory.resolve("source.parquet")))
            .target(target())
            .keyColumns("id")
            .build();
    return new MergeJob(request, RunMode.MERGE, settings, new CancelToken(brake::pause)).run(null);
  }

  private Path target() {
    return directory.resolve("target");
  }

  private static void write(Path file, int from, int to, String name) throws IOException {
    List<Object[]> rows = new ArrayList<>();
    for (long id = from; id < to; id++) {
      rows.add(new Object[] {id, name + " " + id});
    }
    Files.deleteIfExists(file);
    ParquetTableWriter.write(file, SCHEMA, rows, ParquetLayout.standard());
  }

  /** Returns every file of the target, private ones too, with its bytes. */
  private Map<String, byte[]> files() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> paths = Files.walk(target())) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        files.put(target().relativize(path).toString(), Files.readAllBytes(path));
      }
    }
    return files;
  }

  private void deleteTarget() throws IOException {
    new LocalStorage().deleteTree(new LocalStorage().resolve(target().toString()));
  }

  /** Plays the system: its memory is scarce from a certain read on, for a certain time. */
  private static final class Outside implements PressureSource, StorageMeter {
    private final Set<Long> readWhileAsleep = new HashSet<>();
    private volatile MemoryPressure level = MemoryPressure.NORMAL;
    private volatile long now;
    private long reads;
    private long scarceFrom = Long.MAX_VALUE;
    private long scarceNanos;
    private long scarceSince;
    private int batches;

    void scarceFrom(long read, long nanos) {
      reads = 0;
      readWhileAsleep.clear();
      scarceFrom = read;
      scarceNanos = nanos;
      scarceSince = now;
      level = read == 0 ? MemoryPressure.EMERGENCY : MemoryPressure.NORMAL;
    }

    @Override
    public synchronized void read(long bytes) {
      if (++reads == scarceFrom) {
        level = MemoryPressure.EMERGENCY;
        scarceSince = now;
      }
    }

    @Override
    public void wrote(long bytes) {}

    synchronized void sleep(long nanos) {
      readWhileAsleep.add(reads);
      now += nanos;
      if (now - scarceSince >= scarceNanos) {
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

    @Override
    public synchronized long adapt(long usual) {
      batches += usual == BATCH_ROWS ? 1 : 0;
      return PressureSource.super.adapt(usual);
    }
  }
}
