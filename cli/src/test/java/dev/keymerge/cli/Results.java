package dev.keymerge.cli;

import dev.keymerge.FileAction;
import dev.keymerge.FileChange;
import dev.keymerge.KeyMethod;
import dev.keymerge.MergePhase;
import dev.keymerge.MergeResult;
import dev.keymerge.RecoveryResult;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Makes results for tests: one in which every number is another one, and one of a merge that
 * changed nothing.
 */
final class Results {
  private Results() {}

  static MergeResult everyNumberDifferent() {
    Map<MergePhase, Duration> phases = new EnumMap<>(MergePhase.class);
    phases.put(MergePhase.PLANNING, Duration.ofMillis(5));
    phases.put(MergePhase.COMMITTING, Duration.ofMillis(1_250));
    return new MergeResult(
        "upsert",
        List.of("id", "line"),
        false,
        RecoveryResult.Outcome.TAKEN_BACK,
        1_001,
        2,
        3,
        4_004,
        5,
        6,
        7,
        8,
        9_000,
        8_997,
        11,
        12,
        13,
        14,
        15,
        16,
        29,
        17,
        18,
        19,
        20,
        21,
        KeyMethod.PARTITIONS,
        1,
        240,
        22,
        2_048,
        512,
        25,
        26,
        29,
        30,
        27,
        28,
        128L << 20,
        Duration.ofMillis(1_500),
        phases,
        List.of(
            new FileChange("a.parquet", FileAction.KEPT, 100, 6 << 10),
            new FileChange("b \"é\".parquet", FileAction.REMOVED, 200, 1 << 20)));
  }

  static MergeResult nothingToDo() {
    return new MergeResult(
        "upsert",
        List.of("id"),
        false,
        RecoveryResult.Outcome.NOTHING_TO_DO,
        10,
        0,
        0,
        0,
        10,
        0,
        0,
        0,
        50,
        50,
        1,
        2,
        0,
        0,
        0,
        3,
        0,
        0,
        0,
        0,
        0,
        0,
        KeyMethod.IN_MEMORY,
        1,
        0,
        4_096,
        0,
        0,
        0,
        0,
        0,
        0,
        1 << 20,
        1 << 10,
        -1,
        Duration.ofMillis(12),
        Map.of(),
        List.of());
  }
}
